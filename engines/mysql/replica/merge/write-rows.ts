/**
 * Writes the typed rows of a merge that win. No statement uses ON DUPLICATE KEY UPDATE on the table itself: it fires on any unique key,
 * and would change another row.
 */
import type { MergeContent } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { listed, sameKey, type TargetTable } from '../tables/target-table.ts';
import { type IndexedColumn, indexedColumns } from './typed-rows.ts';

/**
 * Where a merge writes its rows: into the table; into the table after all of them were deleted there (`replaced`, rule 22); or deletes
 * them there and writes them as images into a temporary table.
 */
export type WriteMode = 'rows' | 'replaced' | 'images';

/** The parts of a merge that do not depend on the range. */
export type MergeScope = {
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

/** What an event leaves unchanged has no base in the table, if the row it meant was deleted or moved in this range. */
export const hasNoBase = (first: number): string =>
  `(w.sluice_unchanged is not null and coalesce(w.sluice_base >= ${first}, false))`;

const needsRow = 'not w.sluice_deleted and w.sluice_unchanged is not null';

const isUnchanged = (index: number): string => `find_in_set('${index}', w.sluice_unchanged)`;
const isAbsent = (index: number): string => `find_in_set('${index}', w.sluice_absent)`;

/** The value of a column of an existing row `t`. */
function keptOr({ content, hasAbsent }: MergeScope, { column: { name }, index }: IndexedColumn): string {
  const conditions = [
    ...(content.unchanged.includes(index) ? [isUnchanged(index)] : []),
    ...(hasAbsent ? [isAbsent(index)] : []),
  ];
  const value = `w.${quoted(name)}`;
  return conditions.length === 0 ? value : `if(${conditions.join(' or ')}, t.${quoted(name)}, ${value})`;
}

/** Deletes, updates and inserts. Returns the partial events whose row does not exist. */
export async function upsertRows(scope: MergeScope, first: number): Promise<readonly MergeResult[]> {
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
async function insertMissing(scope: MergeScope, found: number | null): Promise<void> {
  const { session, table, typed } = scope;
  const [[rows] = []] = await session.cells(`select count(*) from ${typed} where not sluice_deleted`);
  if (found === Number(rows)) return;
  // Without the join, the server does not put the rows into another temporary table.
  if (found === 0) return await insertNew(scope, '', 'true');
  const same = sameKey(table.key, 't', 'w');
  await insertNew(scope, `left join ${table.qualified} t on ${same}`, `t.${quoted(table.key[0] ?? '')} is null`);
}

/** Inserts complete rows that the table does not have. Columns that they lack get their default. */
async function insertNew(scope: MergeScope, join: string, isNew: string, into = scope.table.qualified): Promise<void> {
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
async function absentLists({ session, typed, hasAbsent }: MergeScope): Promise<readonly (string | null)[]> {
  if (!hasAbsent) return [null];
  const rows = await session.rows<{ list: string | null }>(`select distinct sluice_absent as list from ${typed}`);
  return rows.map(({ list }) => list);
}

/** Completes the typed rows from the table, deletes all rows of their keys, and inserts them: values of unique keys can be swapped. */
export async function replaceRows(
  scope: MergeScope,
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

async function listBaseless({ session, typed }: MergeScope, condition: string): Promise<readonly MergeResult[]> {
  const rows = await session.cells(
    `select w.sluice_batch, w.sluice_ordinal from ${typed} w where ${needsRow} and (${condition})`,
  );
  return rows.map(([batch, ordinal]) => ({ batch: Number(batch), applied: 0, baseless: [Number(ordinal)] }));
}
