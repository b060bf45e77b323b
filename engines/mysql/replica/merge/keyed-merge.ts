/**
 * The merge into a table with a key, one statement after the other. The newest rows of the range get the types of the target. The
 * guard rows decide which of them win. Then rows are deleted, updated and inserted without further comparison.
 */
import { mergeContentOf, type TableWork } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { deleteDeferred, fillFromDeferred } from '../deferred-rows/deferred-rows.ts';
import { ownColumnsOf, stagingNames } from '../staging/staging-tables.ts';
import { guardTable } from '../tables/own-tables.ts';
import { literal, sameKey, type TargetTable } from '../tables/target-table.ts';
import { type Forgotten, removeForgotten } from './forgotten-rows.ts';
import { positionOf, writeGuardRows } from './guard-rows.ts';
import { deleteArrived, fillArrived, keepLeaving, type Moves } from './moved-rows.ts';
import { truncateBelow } from './truncate.ts';
import { indexedColumns, typeRows } from './typed-rows.ts';
import { hasNoBase, type MergeScope, replaceRows, upsertRows, type WriteMode } from './write-rows.ts';

/** Merges the ordinals from `first` to `last`. */
export type TableMerge = (
  session: Session,
  first: number,
  last: number,
  mode: WriteMode,
) => Promise<readonly MergeResult[]>;

/** What a merge needs to know besides its rows. */
export type MergeOptions = {
  readonly pipeline: string;
  /** Whether guard rows of the table have expired. */
  readonly hasHorizon: boolean;
  /** Tables with deferred rows. Grows when a row is deferred within the group. */
  readonly deferring: ReadonlySet<TargetTable>;
};

const noneForgotten: Forgotten = { results: [], typedRows: 0 };

/** Returns the merge of a group into a table with a key. */
export function keyedMerge(
  work: TableWork<TargetTable>,
  { pipeline, hasHorizon, deferring }: MergeOptions,
): TableMerge {
  const { table, truncates, items } = work;
  const content = mergeContentOf(work);
  const own = ownColumnsOf(work);
  return async (session, first, last, mode) => {
    const hasDeferred = deferring.has(table);
    const isWithin = (ordinal: number) => ordinal >= first && ordinal <= last;
    const moves: Moves = { leaving: work.leaving.filter(isWithin), arriving: work.arriving.filter(isWithin) };
    await keepLeaving(session, table, moves, hasDeferred);
    const results: MergeResult[] = [];
    for (const truncate of truncates)
      if (isWithin(truncate.ordinal)) results.push(await truncateBelow(session, table, truncate));
    if (!items.some(({ ordinal }) => isWithin(ordinal))) return results;
    const scope: MergeScope = {
      ...{ session, table, content },
      typed: stagingNames(session, table).typed,
      guard: guardTable(session, table),
      written: indexedColumns(table, ({ name }, index) => content.columns.includes(index) || table.key.includes(name)),
      hasAbsent: [...work.shapes.values()].some(({ missing }) => missing.length > 0),
    };
    const newest = newestOf(session, table, first, last);
    const typedRows = await typeRows(session, table, { columns: scope.written, own }, newest);
    const forgotten = hasHorizon ? await removeForgotten(session, table, first, last) : noneForgotten;
    const rows = typedRows - forgotten.typedRows;
    const { hasDeletes } = own;
    await writeGuardRows(session, table, { rows, hasDeletes, needsFormer: own.hasPartial || mayReinsert(scope) });
    if (content.unchanged.length > 0) await settleBases(scope);
    if (hasDeferred && own.hasPartial) await fillFromDeferred(session, table, scope.written, `not ${hasNoBase(first)}`);
    if (work.arriving.length > 0) await fillArrived(session, table, { first, pipeline, columns: scope.written });
    await deleteReinserted(scope);
    const baseless = await (mode === 'rows' ? upsertRows(scope, first) : replaceRows(scope, first, mode));
    if (hasDeferred) await deleteDeferred(session, table);
    if (moves.arriving.length > 0) await deleteArrived(session, table, moves);
    return [...results, ...forgotten.results, ...(await countApplied(scope)), ...baseless];
  };
}

/** The condition that a staged row `x` is the newest of its key in the range, and newer than the last TRUNCATE (rule 23). */
const newestOf = (session: Session, { name }: TargetTable, first: number, last: number): string =>
  `x.sluice_ordinal between ${first} and ${last} and x.sluice_prior < ${first} and x.sluice_next > ${last}
   and not exists (select 1 from ${session.own('target')} f where f.table_name = ${literal(name)}
     and ${positionOf('x')} <= (f.floor_generation, f.floor_major, f.floor_minor))`;

/**
 * Takes the row in the table as the base of events whose base in the group is older than that row. A slot older than the snapshot
 * replays the change of a key that the snapshot already contains: then the row under the new key has the values, while another row
 * may have the old key by now (rule 11). A row that was deleted before is not that row.
 */
async function settleBases({ session, table, typed, guard }: MergeScope): Promise<void> {
  const stood = '(g.sluice_stood_generation, g.sluice_stood_major, g.sluice_stood_minor)';
  const base = '(w.sluice_base_generation, w.sluice_base_major, w.sluice_base_minor)';
  await session.run(
    `update ${typed} w straight_join ${guard} g on ${sameKey(table.key, 'g', 'w')} set w.sluice_base = null
     where w.sluice_base is not null and g.sluice_stood_major is not null and (${stood} >= ${base}
       or (w.sluice_base_arrived and w.sluice_died_major is null and g.sluice_stood_major = 0 and g.sluice_stood_generation = w.sluice_base_generation
         and g.sluice_stood_minor > w.sluice_base_minor))`,
  );
}

/** Whether a row may be deleted and inserted again, and an UPDATE would keep values of columns that no event carries. */
const mayReinsert = ({ table, content, written }: MergeScope): boolean =>
  content.deletes && written.length < table.columns.length;

/** Deletes rows that are deleted and inserted again in the range, so that the new row keeps no value of the old one. */
async function deleteReinserted(scope: MergeScope): Promise<void> {
  if (!mayReinsert(scope)) return;
  const { session, table, typed, guard } = scope;
  const stood = '(g.sluice_stood_generation, g.sluice_stood_major, g.sluice_stood_minor)';
  const died = '(w.sluice_died_generation, w.sluice_died_major, w.sluice_died_minor)';
  await session.run(
    `delete t from ${typed} w straight_join ${table.qualified} t on ${sameKey(table.key, 't', 'w')}
     straight_join ${guard} g on ${sameKey(table.key, 'g', 'w')}
     where not w.sluice_deleted and w.sluice_died_major is not null and (g.sluice_stood_major is null or ${stood} < ${died})`,
  );
}

/** Counts the applied records of each batch. A row that a rule filters out is deleted and does not count. */
async function countApplied({ session, typed, content: { leftOut } }: MergeScope): Promise<readonly MergeResult[]> {
  const counted = leftOut.length === 0 ? 'count(*)' : `sum(sluice_ordinal not in (${leftOut.join(', ')}))`;
  const rows = await session.cells(`select sluice_batch, ${counted} from ${typed} group by sluice_batch`);
  return rows.map(([batch, applied]) => ({ batch: Number(batch), applied: Number(applied) }));
}
