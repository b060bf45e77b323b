/**
 * The merge into a replicated table with a key. The guard table decides which events are newest and locks their keys. Then
 * rows are deleted and written without further comparison.
 */
import type { MergeContent } from '../../../sink/replica/group-plan.ts';
import { guardStatement, keysOf, sameKey } from '../../guards/guard-merge.ts';
import { stagingNames } from '../staging/staging-table.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { countApplied, updatedColumns, upsertFrom, winners } from './merge-columns.ts';
import { replaceRows } from './replace-rows.ts';
import { upsertImages } from './row-images.ts';

/** `replace` deletes all rows before it writes them, so that rows can exchange values of a unique key (rule 22). */
export type WriteMode = 'upsert' | 'replace';

/** The statement that writes the guard rows of a range. */
export const guardRows = (table: TargetTable): ((range: string) => string) =>
  guardStatement({
    name: table.name,
    target: table.qualified,
    key: table.key,
    incoming: stagingNames(table).typed,
    snapshots: table.orderBy === 'lsn',
  });

/** Builds the statements for a range of ordinals, given as a condition on `sluice_ordinal`. */
export function keyedMerge(table: TargetTable, content: MergeContent): (range: string, mode: WriteMode) => string {
  const guard = guardRows(table);
  return (range, mode) => {
    if (content.columns.length === 0)
      return [guard(range), deleteRows(table, range), countApplied(table, content, range)].join(';\n');
    const reinserted = content.deletes && keepsColumns(table, content) ? [deleteReinserted(table, range)] : [];
    if (mode === 'replace') return [guard(range), ...reinserted, ...replaceRows(table, content, range)].join(';\n');
    const deleted = content.deletes ? [...reinserted, deleteRows(table, range)] : [];
    const write = content.unchanged.length > 0 ? upsertImages : upsertRows;
    return [guard(range), ...deleted, write(table, content, range)].join(';\n');
  };
}

const deleteRows = (table: TargetTable, range: string): string => `
  delete from ${table.only} t using (${winners(table, range)}) w where w.sluice_deleted and ${sameKey(table.key, 't', 'w')}`;

const upsertRows = (table: TargetTable, content: MergeContent, range: string): string => `
  with winner as materialized (${winners(table, range)}),
  merged as (${upsertFrom(table, content, 'winner where not sluice_deleted')})
  ${countApplied(table, content, range)}`;

/** Whether an UPDATE keeps the values of some columns, such as those that only the target has. */
const keepsColumns = (table: TargetTable, content: MergeContent): boolean =>
  new Set([...table.key, ...updatedColumns(table, content).map(({ name }) => name)]).size < table.columns.length;

/**
 * Deletes rows that are deleted and inserted again in the same range, so that the new row keeps no value of the old one.
 * Reads the staging table once: without statistics, a join of its deletes with its winners might compare all with all.
 */
function deleteReinserted(table: TargetTable, range: string): string {
  const stood = `array[s.stood_generation, s.stood_major, s.stood_minor]`;
  const deleted = `array[i.sluice_generation, i.sluice_major, i.sluice_minor]`;
  return `
  delete from ${table.only} t using (
    select ${keysOf(table.key, 'i')} from ${stagingNames(table).typed} i left join incoming_settled s using (sluice_ordinal)
    where i.${range} group by ${keysOf(table.key, 'i')}
    having bool_or(s.won and not i.sluice_deleted) and max(${deleted}) filter (where i.sluice_deleted)
      > coalesce(max(${stood}) filter (where s.stood_major is not null), '{}')
  ) w where ${sameKey(table.key, 't', 'w')}`;
}
