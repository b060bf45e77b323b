/**
 * The merge into a table with a key, one statement after the other. The newest rows of the range get the types of the target. The
 * guard rows decide which of them win. Then rows are deleted, updated and inserted without further comparison. No statement uses
 * ON DUPLICATE KEY UPDATE on the table itself: it fires on any unique key, and would change another row.
 */
import { type MergeContent, mergeContentOf, type TableWork } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { deleteDeferred, fillFromDeferred } from '../deferred-rows/deferred-rows.ts';
import { ownColumnsOf, stagingNames } from '../staging/staging-tables.ts';
import { guardTable } from '../tables/own-tables.ts';
import { listed, literal, sameKey, type TargetTable } from '../tables/target-table.ts';
import { type Forgotten, removeForgotten } from './forgotten-rows.ts';
import { positionOf, writeGuardRows } from './guard-rows.ts';
import { deleteArrived, fillArrived, keepLeaving, type Moves } from './moved-rows.ts';
import { truncateBelow } from './truncate.ts';
import { type IndexedColumn, indexedColumns, typeRows } from './typed-rows.ts';

/**
 * Where a merge writes its rows: into the table; into the table after all of them were deleted there (`replaced`, rule 22); or deletes
 * them there and writes them as images into a temporary table.
 */
export type WriteMode = 'rows' | 'replaced' | 'images';

/** Merges the ordinals from `first` to `last`. */
export type TableMerge = (
  session: Session,
  first: number,
  last: number,
  mode: WriteMode,
) => Promise<readonly MergeResult[]>;

/** The parts of a merge that do not depend on the range. */
type Scope = {
  readonly session: Session;
  readonly table: TargetTable;
  readonly content: MergeContent;
  readonly typed: string;
  readonly guard: string;
  /** Columns that some event of the group carries. */
  readonly written: readonly IndexedColumn[];
  /** Whether some rows of the group lack columns that others have, and leave them to their default. */
  readonly hasAbsent: boolean;
};

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
    const scope: Scope = {
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

/** What an event leaves unchanged has no base in the table, if the row it meant was deleted or moved in this range. */
const hasNoBase = (first: number): string =>
  `(w.sluice_unchanged is not null and coalesce(w.sluice_base >= ${first}, false))`;

const needsRow = 'not w.sluice_deleted and w.sluice_unchanged is not null';

/**
 * Takes the row in the table as the base of events whose base in the group is older than that row. A slot older than the snapshot
 * replays the change of a key that the snapshot already contains: then the row under the new key has the values, while another row
 * may have the old key by now (rule 11). A row that was deleted before is not that row.
 */
async function settleBases({ session, table, typed, guard }: Scope): Promise<void> {
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
const mayReinsert = ({ table, content, written }: Scope): boolean =>
  content.deletes && written.length < table.columns.length;

/** Deletes rows that are deleted and inserted again in the range, so that the new row keeps no value of the old one. */
async function deleteReinserted(scope: Scope): Promise<void> {
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

const isUnchanged = (index: number): string => `find_in_set('${index}', w.sluice_unchanged)`;
const isAbsent = (index: number): string => `find_in_set('${index}', w.sluice_absent)`;

/** The value of a column of an existing row `t`. */
function keptOr({ content, hasAbsent }: Scope, { column: { name }, index }: IndexedColumn): string {
  const conditions = [
    ...(content.unchanged.includes(index) ? [isUnchanged(index)] : []),
    ...(hasAbsent ? [isAbsent(index)] : []),
  ];
  const value = `w.${quoted(name)}`;
  return conditions.length === 0 ? value : `if(${conditions.join(' or ')}, t.${quoted(name)}, ${value})`;
}

/** Deletes, updates and inserts. Returns the partial events whose row does not exist. */
async function upsertRows(scope: Scope, first: number): Promise<readonly MergeResult[]> {
  const { session, table, content, typed, written } = scope;
  const same = sameKey(table.key, 't', 'w');
  if (content.deletes)
    await session.run(
      `delete t from ${typed} w straight_join ${table.qualified} t on ${same} where w.sluice_deleted or ${hasNoBase(first)}`,
    );
  if (content.columns.length === 0) return [];
  const set = written
    .filter(({ column: { name } }) => !table.key.includes(name))
    .map((one) => `t.${quoted(one.column.name)} = ${keptOr(scope, one)}`);
  const updated =
    set.length === 0
      ? null
      : await session.run(
          `update ${typed} w straight_join ${table.qualified} t on ${same} set ${set.join(', ')}
           where not w.sluice_deleted and not ${hasNoBase(first)}`,
        );
  await insertMissing(scope, updated?.rows ?? null);
  if (content.unchanged.length === 0) return [];
  return await listBaseless(
    scope,
    `${hasNoBase(first)} or not exists (select 1 from ${table.qualified} t where ${same})`,
  );
}

/** Inserts the rows that an UPDATE did not find. `found` is the number that it found; null if it is not known. */
async function insertMissing(scope: Scope, found: number | null): Promise<void> {
  const { session, table, typed } = scope;
  const [[rows] = []] = await session.cells(`select count(*) from ${typed} where not sluice_deleted`);
  if (found === Number(rows)) return;
  // Without the join, the server does not put the rows into another temporary table.
  if (found === 0) return await insertNew(scope, '', 'true');
  const same = sameKey(table.key, 't', 'w');
  await insertNew(scope, `left join ${table.qualified} t on ${same}`, `t.${quoted(table.key[0] ?? '')} is null`);
}

/** Inserts complete rows that the table does not have. Columns that they lack get their default. */
async function insertNew(scope: Scope, join: string, isNew: string, into = scope.table.qualified): Promise<void> {
  const { session, table, typed, written } = scope;
  for (const list of await absentLists(scope)) {
    const left = new Set(list?.split(',').map(Number));
    const names = written.filter(({ index }) => !left.has(index)).map(({ column: { name } }) => name);
    await session.run(
      `insert into ${into} (${listed(names)}) select ${listed(names, 'w')} from ${typed} w ${join}
       where not w.sluice_deleted and w.sluice_unchanged is null and ${isNew}
         and w.sluice_absent ${list === null ? 'is null' : `= '${list}'`} order by ${listed(table.key, 'w')}`,
    );
  }
}

/** The lists of columns that rows leave to their default, as they are staged; null for none. */
async function absentLists({ session, typed, hasAbsent }: Scope): Promise<readonly (string | null)[]> {
  if (!hasAbsent) return [null];
  const rows = await session.rows<{ list: string | null }>(`select distinct sluice_absent as list from ${typed}`);
  return rows.map(({ list }) => list);
}

/** Completes the typed rows from the table, deletes all rows of their keys, and inserts them: values of unique keys can be swapped. */
async function replaceRows(
  scope: Scope,
  first: number,
  mode: Exclude<WriteMode, 'rows'>,
): Promise<readonly MergeResult[]> {
  const { session, table, content, typed, written } = scope;
  const same = sameKey(table.key, 't', 'w');
  const others = indexedColumns(table, ({ name }) => !written.some(({ column }) => column.name === name));
  const set = [
    ...written
      .filter(({ column: { name } }) => !table.key.includes(name))
      .map((one) => [one, keptOr(scope, one)] as const),
    ...others.map((one) => [one, `t.${quoted(one.column.name)}`] as const),
  ].map(([{ column }, value]) => `w.${quoted(column.name)} = ${value}`);
  if (content.columns.length > 0)
    await session.run(
      `update ${typed} w straight_join ${table.qualified} t on ${same} set ${['w.sluice_filled = 1', ...set].join(', ')}
       where not w.sluice_deleted and not ${hasNoBase(first)}`,
    );
  await session.run(`delete t from ${typed} w straight_join ${table.qualified} t on ${same}`);
  if (content.columns.length === 0) return [];
  const names = table.columns.map(({ name }) => name);
  const into = mode === 'images' ? stagingNames(session, table).images : table.qualified;
  await session.run(
    `insert into ${into} (${listed(names)}) select ${listed(names, 'w')} from ${typed} w
     where w.sluice_filled = 1 order by ${listed(table.key, 'w')}`,
  );
  await insertNew(scope, '', 'w.sluice_filled = 0', into);
  return content.unchanged.length === 0 ? [] : await listBaseless(scope, 'w.sluice_filled = 0');
}

async function listBaseless({ session, typed }: Scope, condition: string): Promise<readonly MergeResult[]> {
  const rows = await session.cells(
    `select w.sluice_batch, w.sluice_ordinal from ${typed} w where ${needsRow} and (${condition})`,
  );
  return rows.map(([batch, ordinal]) => ({ batch: Number(batch), applied: 0, baseless: [Number(ordinal)] }));
}

/** Counts the applied records of each batch. A row that a rule filters out is deleted and does not count. */
async function countApplied({ session, typed, content: { leftOut } }: Scope): Promise<readonly MergeResult[]> {
  const counted = leftOut.length === 0 ? 'count(*)' : `sum(sluice_ordinal not in (${leftOut.join(', ')}))`;
  const rows = await session.cells(`select sluice_batch, ${counted} from ${typed} group by sluice_batch`);
  return rows.map(([batch, applied]) => ({ batch: Number(batch), applied: Number(applied) }));
}
