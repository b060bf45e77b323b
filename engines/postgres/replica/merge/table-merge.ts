/** The merge of a group into each of its tables, as SQL for any range of ordinals. */
import type pg from 'pg';
import { mergeContentOf, type NumberedRecord, type Round, type TableWork } from '../../../sink/replica/group-plan.ts';
import { stepsAfter } from '../../../sink/replica/steps.ts';
import type { MergeStatement } from '../../apply/staged-merge.ts';
import { deleteDeferred, fillFromDeferred } from '../deferred-rows/deferred-rows.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { readHighWaterMark, writeHighWaterMark } from './high-water-mark.ts';
import { keyedMerge } from './keyed-merge.ts';
import { keylessMerge } from './keyless-merge.ts';
import { moveRows } from './moved-rows.ts';
import { truncateBelow } from './truncate.ts';

/** Statements of one table for the ordinals from `first` to `last`. */
export type TableMerge = (first: number, last: number, replacing: boolean) => readonly string[];

/** What a merge needs to know in addition to the work in its table. */
export type MergeScope = {
  readonly pipeline: string;
  /** Tables with deferred rows. Grows when a row is deferred within the group. */
  readonly deferring: ReadonlySet<TargetTable>;
};

/** The merge of a range into all tables, round by round. */
export const mergeInRounds =
  (merges: readonly TableMerge[], rounds: readonly Round[]): MergeStatement =>
  (from, to, replacing = false) => {
    const statements = rounds.flatMap(({ first, last }) => {
      const [a, b] = [Math.max(from, first), Math.min(to, last)];
      return a > b ? [] : merges.flatMap((one) => one(a, b, replacing));
    });
    return statements.length === 0 ? 'select where false' : statements.join(';\n');
  };

/** The merge into one table. Of a table without a key it moves the high-water mark at once. */
export async function tableMerge(
  client: pg.Client,
  work: TableWork<TargetTable>,
  scope: MergeScope,
): Promise<TableMerge> {
  return work.table.key.length > 0 ? mergeByKey(work, scope) : await mergeByValues(client, work);
}

function mergeByKey(work: TableWork<TargetTable>, scope: MergeScope): TableMerge {
  const { table, items } = work;
  const merge = keyedMerge(table, mergeContentOf(work));
  return (first, last, replacing) => {
    const range = rangeOf(first, last);
    const before = beforeMerge(work, scope, first, last);
    if (!anyWithin(items, first, last)) return before;
    const mode = replacing || table.deferrableKey ? 'replace' : 'upsert';
    return [...before, merge(range, mode), ...(scope.deferring.has(table) ? [deleteDeferred(table, range)] : [])];
  };
}

async function mergeByValues(client: pg.Client, work: TableWork<TargetTable>): Promise<TableMerge> {
  const { table, items } = work;
  const [steps, mark] = stepsAfter(items, await readHighWaterMark(client, table));
  if (mark !== null) await writeHighWaterMark(client, table, mark);
  return keylessMerge(table, mergeContentOf(work), steps);
}

/** Statements before the merge of a range into a table with a key. */
export function beforeMerge(
  { table, truncates, leaving, arriving }: TableWork<TargetTable>,
  { pipeline, deferring }: MergeScope,
  first: number,
  last: number,
): readonly string[] {
  const isWithin = (ordinal: number) => ordinal >= first && ordinal <= last;
  const moves = { leaving: leaving.filter(isWithin), arriving: arriving.filter(isWithin) };
  const hasDeferred = deferring.has(table);
  return [
    ...moveRows(table, pipeline, moves, hasDeferred),
    ...truncates.filter(({ ordinal }) => isWithin(ordinal)).flatMap((one) => truncateBelow(table, one)),
    ...(hasDeferred ? [fillFromDeferred(table, rangeOf(first, last))] : []),
  ];
}

/** The condition that a row of the staging table is of these ordinals. */
export const rangeOf = (first: number, last: number): string => `sluice_ordinal between ${first} and ${last}`;

/** Whether any of the items, which are in order, lies in [first, last]. */
function anyWithin(items: readonly NumberedRecord[], first: number, last: number): boolean {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle]?.ordinal ?? 0) < first) low = middle + 1;
    else high = middle;
  }
  return (items[low]?.ordinal ?? Number.POSITIVE_INFINITY) <= last;
}
