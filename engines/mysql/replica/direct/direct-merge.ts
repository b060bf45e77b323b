/**
 * The merge of a whole group into a table with a key, for the usual case: complete rows, each newer than the one in the table, and
 * every value fits. The newest row of each key is loaded in the types of the target and upserted. Any exception to that raises an
 * error, and the merge by `keyed-merge.ts` takes the place of this one. It takes half of the server's CPU: values are stored in a temporary
 * table once instead of twice, and a join that updates the second table would first copy all values into a third.
 */
import type { Position } from '../../../../pipeline/change.ts';
import { mergeContentOf, type TableWork } from '../../../sink/replica/group-plan.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { typedValue } from '../casts.ts';
import { positionOf } from '../merge/guard-rows.ts';
import { type IndexedColumn, indexedColumns } from '../merge/typed-rows.ts';
import type { EncodedRows } from '../staging/encoded-rows.ts';
import { AlteredValue, findAltered } from '../staging/exact.ts';
import { foldRows, isNewer, noOrdinal, type StagedRow } from '../staging/fold.ts';
import { type Field, loadLines } from '../staging/load-lines.ts';
import { textColumn } from '../staging/staging-tables.ts';
import type { LockedTable } from '../tables/locks.ts';
import { guardTable } from '../tables/own-tables.ts';
import { listed, sameKey, type TargetTable } from '../tables/target-table.ts';
import { directNames, isKeptAsText } from './direct-tables.ts';

/** Merges a whole group within the transaction. Throws if it cannot; the transaction must then go back to where it was. */
export type DirectMerge = (session: Session) => Promise<readonly MergeResult[]>;

const position = ['sluice_generation', 'sluice_major', 'sluice_minor'] as const;

/** Returns the direct merge of a group. An event at or below the floor or the horizon of its table may be outdated without a guard row. */
export function directMerge(
  work: TableWork<TargetTable>,
  rows: EncodedRows,
  { floor, horizon }: Pick<LockedTable, 'floor' | 'horizon'>,
): DirectMerge {
  const { table } = work;
  return async (session) => {
    const newest = foldRows(work, rows).filter(({ prior, next }) => prior === -1 && next === noOrdinal);
    const isOutdated = (limit: Position | null) =>
      limit !== null && newest.some(({ item }) => !isNewer(item.record.position, limit));
    if (isOutdated(floor)) throw new Error('an event is older than the last TRUNCATE of its table');
    if (isOutdated(horizon)) throw new Error('an event is as old as guard rows that have expired');
    const written = newest.filter(({ isDeleted }) => !isDeleted);
    const deleted = newest.filter(({ isDeleted }) => isDeleted);
    const { columns: indexes } = mergeContentOf(work);
    const columns = indexedColumns(table, (_, index) => indexes.includes(index));
    if (written.length > 0) await loadRows(session, table, columns, written);
    if (deleted.length > 0) await deleteRows(session, table, deleted);
    if (written.length > 0) await upsertRows(session, table, columns);
    return countByBatch(newest);
  };
}

function countByBatch(rows: readonly StagedRow[]): readonly MergeResult[] {
  const counts = new Map<number, number>();
  for (const { item } of rows) counts.set(item.batch, (counts.get(item.batch) ?? 0) + 1);
  return [...counts].map(([batch, applied]) => ({ batch, applied }));
}

const fieldOf = (cell: StagedRow['cells'][number]): Field => (typeof cell === 'string' ? cell : null);

/** Loads rows in the types of the target. A value that the server alters is an error. */
async function loadRows(
  session: Session,
  table: TargetTable,
  columns: readonly IndexedColumn[],
  rows: readonly StagedRow[],
): Promise<void> {
  const names = directNames(session, table);
  const kept = columns.filter(({ column }) => isKeptAsText(column));
  const fields: string[] = [];
  const assignments: string[] = [];
  for (const one of columns) {
    const { column, index } = one;
    const variable = `@sluice_${index}`;
    const value = typedValue(column, variable);
    const isDirect = value === variable && !kept.includes(one);
    fields.push(isDirect ? quoted(column.name) : variable);
    if (!isDirect) assignments.push(`${quoted(column.name)} = ${value}`);
    if (kept.includes(one)) assignments.push(`${textColumn(index)} = ${variable}`);
  }
  const set = assignments.length === 0 ? '' : ` set ${assignments.join(', ')}`;
  await loadLines(session, names.rows, `(${[...position, ...fields].join(', ')})${set}`, linesOf(columns, rows));
  const check = findAltered(
    kept.map(({ column, index }) => [column, textColumn(index)] as const),
    { source: `${names.rows} w`, texts: 'w' },
  );
  const [altered] = check === undefined ? [] : await session.cells(check);
  if (altered) throw new AlteredValue(String(altered[0]));
}

function* linesOf(columns: readonly IndexedColumn[], rows: readonly StagedRow[]): Generator<readonly Field[]> {
  for (const { item, cells } of rows) {
    const { generation, major, minor } = item.record.position;
    const fields: Field[] = [generation, major, minor];
    for (const { index } of columns) fields.push(fieldOf(cells[index]));
    yield fields;
  }
}

/** Writes the guard rows of deleted keys, and deletes their rows. */
async function deleteRows(session: Session, table: TargetTable, rows: readonly StagedRow[]): Promise<void> {
  const { deletes } = directNames(session, table);
  const key = indexedColumns(table, ({ name }) => table.key.includes(name));
  const origin = ['sluice_topic', 'sluice_partition', 'sluice_offset', 'sluice_record_key'];
  const fields = [...position, ...origin, ...key.map(({ column: { name } }) => quoted(name))];
  const lines = rows.map(({ item: { record, topic, partition }, cells }): Field[] => {
    const { generation, major, minor } = record.position;
    const { offset, key: recordKey } = record.origin;
    const place = [generation, major, minor, topic, partition, offset, recordKey?.toString('hex') ?? null];
    return [...place, ...key.map(({ index }) => fieldOf(cells[index]))];
  });
  await loadLines(session, deletes, `(${fields.join(', ')})`, lines);
  const values = [...origin.slice(0, -1).map((name) => [name, `w.${name}`] as const)];
  await writeGuardRows(session, table, deletes, [
    ['sluice_deleted', '1'],
    ...values,
    ['sluice_record_key', 'unhex(w.sluice_record_key)'],
    ['sluice_deleted_at', 'utc_timestamp(6)'],
  ]);
  await session.run(`delete t from ${deletes} w straight_join ${table.qualified} t on ${sameKey(table.key, 't', 'w')}`);
}

/** Writes the guard rows of the loaded rows, and then the rows. */
async function upsertRows(session: Session, table: TargetTable, columns: readonly IndexedColumn[]): Promise<void> {
  const { rows } = directNames(session, table);
  const { key, qualified } = table;
  await writeGuardRows(session, table, rows, [['sluice_deleted', '0']]);
  const names = columns.map(({ column: { name } }) => name);
  // ON DUPLICATE KEY UPDATE fires on any unique key. Of a row with another primary key it would set the key to null, which is an error.
  const [first = ''] = key;
  const own = `${qualified}.${quoted(first)}`;
  const assignments = [
    `${own} = if(${sameKey(key, qualified, 'w')}, ${own}, null)`,
    ...names.filter((name) => !key.includes(name)).map((name) => `${qualified}.${quoted(name)} = w.${quoted(name)}`),
  ];
  await session.run(
    `insert into ${qualified} (${listed(names)}) select ${listed(names, 'w')} from ${rows} w order by ${listed(key, 'w')}
     on duplicate key update ${assignments.join(', ')}`,
  );
}

/**
 * Writes the guard rows of all rows of a temporary table. They lock their keys (rule 12). A row that is not newer than its guard row
 * sets a part of the position to null, which is an error: that event is superseded.
 */
async function writeGuardRows(
  session: Session,
  table: TargetTable,
  incoming: string,
  values: readonly (readonly [column: string, value: string])[],
): Promise<void> {
  const { key } = table;
  const guard = guardTable(session, table);
  const places = position.map((name) => [name, `w.${name}`] as const);
  const [[first, newer] = ['', ''], ...rest] = [...places, ...values];
  const columns = [...places, ...values].map(([name]) => name).join(', ');
  // Assignments run from left to right: the first one compares, while the stored position is still the old one.
  await session.run(
    `insert into ${guard} (${listed(key)}, sluice_merge, ${columns})
     select ${listed(key, 'w')}, 0, ${[...places, ...values].map(([, value]) => value).join(', ')}
     from ${incoming} w order by ${listed(key, 'w')}
     on duplicate key update
       ${guard}.${first} = if(${positionOf('w')} > ${positionOf(guard)}, ${newer}, null),
       ${rest.map(([name, value]) => `${guard}.${name} = ${value}`).join(', ')}`,
  );
}
