/** What a merge into a table with a key has in common, however it writes: its columns, its winners and its counts. */

import type { MergeContent } from '../../../sink/replica/group-plan.ts';
import { keysOf } from '../../guards/guard-merge.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-table.ts';
import { listed, type TargetColumn, type TargetTable } from '../tables/target-table.ts';

/** The newest event of each key in a range, where it is newer than the guard row. */
export const winners = (table: TargetTable, range: string): string =>
  `select i.* from incoming_settled s join ${stagingNames(table).typed} i using (sluice_ordinal) where s.won and s.${range}`;

/** Counts the records applied of each batch, and lists those that are older than the deletions still remembered. */
export const countApplied = (table: TargetTable, { leftOut }: MergeContent, range: string): string => `
  select sluice_batch as batch, count(*)${leftOut.length === 0 ? '' : ` filter (where sluice_ordinal <> all ('{${leftOut.join(',')}}'))`}::integer as applied, null::integer[] as stale, null::integer[] as baseless
  from (${winners(table, range)}) w group by sluice_batch
  union all
  select i.sluice_batch, 0, array_agg(s.sluice_ordinal), null
  from incoming_settled s join ${stagingNames(table).typed} i using (sluice_ordinal)
  where s.forgotten and s.${range} group by i.sluice_batch`;

/** The columns that the statements write, in the order of the table. */
export const writtenColumns = (table: TargetTable, { columns }: MergeContent): readonly TargetColumn[] =>
  table.columns.filter((_, index) => columns.includes(index));

/** Types whose equal values have the same bytes. Of other types equal values may differ: 1.0 = 1.00. */
const exactTypes = /^(?:smallint|integer|bigint|uuid|boolean|date|bytea|text|character varying|timestamp\b.*)$/;

/**
 * The columns that an UPDATE of an existing row sets. A key column of an exact type is equal anyway, and PostgreSQL refuses
 * to set GENERATED ALWAYS AS IDENTITY.
 */
export const updatedColumns = (table: TargetTable, content: MergeContent): readonly TargetColumn[] =>
  writtenColumns(table, content).filter(
    ({ name, identity, bareType, nondeterministicCollation }) =>
      identity !== 'always' &&
      !(table.key.includes(name) && exactTypes.test(bareType) && nondeterministicCollation === null),
  );

/** The clause that lets an INSERT give a value to GENERATED ALWAYS AS IDENTITY. */
export const overridingClause = ({ overriding }: TargetTable): string => (overriding ? 'overriding system value' : '');

/** An upsert of rows whose columns all have their values. */
export function upsertFrom(table: TargetTable, content: MergeContent, from: string): string {
  const columns = writtenColumns(table, content);
  const keys = keysOf(table.key);
  const set = updatedColumns(table, content)
    .map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`)
    .join(', ');
  return `insert into ${table.qualified} (${listed(columns)}) ${overridingClause(table)}
      select ${listed(columns)} from ${from} order by ${keys}
      on conflict (${keys}) do ${set === '' ? 'nothing' : `update set ${set}`}`;
}
