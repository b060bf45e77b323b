/** A plan as SQL, for a person or another program to run. */
import { quoted } from '../identifiers.ts';
import type { SchemaPlan, TablePlan } from './schema-plan.ts';

/** Databases, sequences and tables. */
export const tableStatements = ({ databases, sequences, tables }: SchemaPlan): readonly string[] =>
  [...databases, ...sequences, ...tables].map(({ create }) => create);

/** The statement that adds indexes to a table, which exists. */
export const addIndexes = ({ database, name }: TablePlan, clauses: readonly string[]): string =>
  `alter table ${quoted(database)}.${quoted(name)} ${clauses.map((clause) => `add ${clause}`).join(', ')}`;

/** The statement that adds a foreign key in place, which needs `foreign_key_checks = 0` and a proof of its rows. */
export const addForeignKey = ({ database, name }: TablePlan, clause: string): string =>
  `alter table ${quoted(database)}.${quoted(name)} add ${clause}, algorithm=inplace`;

/**
 * The text of `add_mysql_constraints.sql`. The server checks the rows of foreign keys itself, so that the file is right without
 * a proof; it copies each table for that.
 */
export function constraintScript(plan: SchemaPlan): string {
  const indexes = plan.tables
    .filter((table) => table.indexes.length > 0)
    .map((table) =>
      addIndexes(
        table,
        table.indexes.map(({ clause }) => clause),
      ),
    );
  const keys = plan.tables.flatMap(({ database, name, foreignKeys }) =>
    foreignKeys.map(({ clause }) => `alter table ${quoted(database)}.${quoted(name)} add ${clause}`),
  );
  return [
    '-- Unique keys, indexes and foreign keys of the migrated tables. Run this file after the data are loaded.',
    '-- Primary keys and CHECK constraints are part of the tables.',
    'set foreign_key_checks = 1;',
    ...[...indexes, ...keys].map((statement) => `${statement};`),
    '',
  ].join('\n');
}
