/**
 * The numbered migrations of Sluice's own tables in MySQL and MariaDB. A released migration is never edited: a change is a new
 * one. Each statement commits by itself there, so a migration can stop half-way: its statements must be repeatable.
 */
import { createHash } from 'node:crypto';
import { checkpointTable, deadLetterTable, heldTableView, type Naming, targetTable } from './tables.ts';

/** One numbered migration. */
export type Migration = {
  readonly version: number;
  readonly name: string;
  /** Its statements, in this order. */
  readonly statements: (naming: Naming) => readonly string[];
};

/** All migrations in order. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'bookkeeping',
    statements: (naming) =>
      [checkpointTable, deadLetterTable, targetTable, heldTableView].map((define) => define(naming)),
  },
];

/** Neutral names, so that a checksum depends neither on the server nor on the name of the database. */
const neutral: Naming = { own: (table) => `sluice.${table}`, collation: 'exact' };

/** SHA-256 of a migration, in hex. */
export const checksumOf = ({ statements }: Migration): string =>
  createHash('sha256').update(statements(neutral).join(';\n')).digest('hex');
