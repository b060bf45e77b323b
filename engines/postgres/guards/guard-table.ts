/**
 * The guard table of a target: one guard row per key with the position of its newest event, which stays when the row is
 * deleted. It is also the lock of a key that has no row (rule 12). Its key columns have the types and collations of the target,
 * so that both tables agree on which keys are equal. Sluice's own columns begin with `sluice_`, so
 * that their names differ from those of the key.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { TableShape } from '../../../schemas/table-shape.ts';

const { escapeIdentifier, escapeLiteral } = pg;

/** Most bytes of a name in PostgreSQL, which truncates longer ones silently. */
const nameLimit = 63;

/** Its name in the schema `sluice`: `row_guard_` and the target's name, cut and completed by a hash where that is too long. */
export function guardName(table: string): string {
  const name = `row_guard_${table}`;
  if (Buffer.byteLength(name) <= nameLimit) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 8);
  // A cut inside a character leaves U+FFFD at the end.
  const cut = Buffer.from(name)
    .subarray(0, nameLimit - 9)
    .toString('utf8')
    .replace(/\ufffd$/, '');
  return `${cut}_${hash}`;
}

/** The guard table as SQL names it. */
export const guardTable = (table: string): string => `sluice.${escapeIdentifier(guardName(table))}`;

const own = [
  ['sluice_generation', 'integer not null', 'Position of the newest event of the key, first part.'],
  ['sluice_major', 'bigint not null', 'Position, second part.'],
  ['sluice_minor', 'bigint not null', 'Position, third part.'],
  ['sluice_deleted', 'boolean not null', 'Whether that event deleted the row.'],
  ['sluice_topic', 'text', 'Where the deleting event came from: topic.'],
  ['sluice_partition', 'integer', 'Its partition.'],
  ['sluice_offset', 'bigint', 'Its offset.'],
  ['sluice_record_key', 'bytea', 'The key of its message: while a dead letter has the same, the guard row stays.'],
  ['sluice_deleted_at', 'timestamptz', 'When the row was deleted here, by the clock of the database.'],
] as const;

/**
 * DDL of the guard table. The index finds guard rows that may expire. It contains deleted keys only, so that updates of other
 * guard rows stay HOT.
 */
export function createGuardTable({ name: target, columns, key }: TableShape): string {
  const table = guardTable(target);
  const known = new Map(columns.map((column) => [column.name, column]));
  const keys = key.map((name) => {
    const { type, collation } = known.get(name) ?? {};
    return `${escapeIdentifier(name)} ${type}${collation ? ` collate ${collation}` : ''} not null`;
  });
  const comments = own.map(([column, , text]) => `comment on column ${table}.${column} is ${escapeLiteral(text)};`);
  return `
    create table ${table} (
      ${[...keys, ...own.map(([column, type]) => `${column} ${type}`)].join(', ')},
      primary key (${key.map(escapeIdentifier).join(', ')})
    ) with (fillfactor = 85);
    create index on ${table} (sluice_topic, sluice_partition, sluice_offset) where sluice_deleted;
    comment on table ${table} is ${escapeLiteral(`Position of the newest event of each key of ${target}, deleted ones too.`)};
    ${comments.join('\n')}`;
}
