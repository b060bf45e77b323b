/**
 * Replicated rows of one table of MySQL or MariaDB, in the simplest SQL: `t (id primary key, name of at most ten characters and
 * unique, note)`. It shows that the engine keeps its contract without the rows of a replica.
 */
import type { Session, SqlValue } from '../../engines/mysql/connection/session.ts';
import type { MergeResult, Rows, Staged } from '../../engines/sink/rows.ts';
import { type Row, unchanged } from '../../formats/debezium/row-event.ts';
import type { Position, Replicated } from '../../pipeline/change.ts';

/** The table, its guard rows, and the position of its last TRUNCATE, the row without an id. */
export const tables = [
  'create table t (id int primary key, name varchar(10) unique, note text)',
  'create table guarded (id int primary key, generation int not null, major bigint not null, minor bigint not null)',
];

type Numbered = { readonly batch: number; readonly ordinal: number; readonly record: Replicated };
type TableRow = { readonly [column in (typeof columns)[number]]: string | null };

const columns = ['id', 'name', 'note'] as const;

/** No row has this id, so that its guard row has the position of the last TRUNCATE. */
const floorId = -1;

/** Writes to the table. */
export const mysqlTable: Rows<Session, Replicated> = {
  open: async () => {},
  dependencies: {
    async prepare(_, group) {
      const isKnown = (column: string) => columns.some((known) => known === column);
      const unfit = group.flatMap(({ claim, records }) => {
        const record = records.find(({ event: { after } }) => after?.shape.columns.some((column) => !isKnown(column)));
        if (record === undefined) return [];
        const misfit = { table: 't', reason: 'it lacks a column', statements: [], note: null };
        return [[claim, { record, misfit }] as const];
      });
      return new Map(unfit);
    },
    withDependents: async (_, __, excluded) => excluded,
    mustWait: async () => false,
    isLeftOut: () => false,
    positionOf: ({ position }) => position,
    progressAt: ({ reached }) => reached,
  },
  async stage(session, group, excluded) {
    let ordinal = -1;
    const numbered = group.flatMap(({ records }, batch) =>
      records.flatMap((record): Numbered[] => {
        ordinal += 1;
        return excluded.has(record.origin) ? [] : [{ batch, ordinal, record }];
      }),
    );
    return stagedIn(session, numbered, ordinal + 1);
  },
};

function stagedIn(session: Session, numbered: readonly Numbered[], count: number): Staged {
  let hasFailed = false;
  const settle = async () => {
    if (hasFailed) await session.run('rollback to savepoint merging');
    hasFailed = false;
  };
  return {
    count,
    canReplace: true,
    isOrdered: false,
    async merge(first, last, replacing) {
      await settle();
      await session.run('savepoint merging');
      hasFailed = true;
      const range = numbered.filter(({ ordinal }) => ordinal >= first && ordinal <= last);
      const results = await mergeRange(session, range, replacing);
      hasFailed = false;
      return results;
    },
    deferRow: async () => undefined,
    mayMissRow: async () => false,
    causeOf: async () => 'record',
    end: settle,
  };
}

async function mergeRange(session: Session, range: readonly Numbered[], replacing: boolean): Promise<MergeResult[]> {
  const standing = await standingRows(session);
  const removed = replacing ? range.map(({ record }) => idOf(record)).filter((id) => id !== null) : [];
  for (const id of removed) await session.run('delete from t where id = ?', [id]);
  // Of the changes of one key only the newest is applied.
  const results = new Map<string, MergeResult>();
  for (const one of range) {
    const result = await apply(session, one, standing);
    results.set(result.applied > 0 ? `id ${idOf(one.record)}` : `ordinal ${one.ordinal}`, result);
  }
  for (const id of new Set(removed)) await write(session, standing.get(id));
  return [...results.values()];
}

/** The rows as they stand, which the changes of the range keep up to date. */
async function standingRows(session: Session): Promise<Map<string, TableRow>> {
  const rows = await session.rows<TableRow>('select id, name, note from t for update');
  return new Map(rows.map((row) => [String(row.id), row]));
}

async function apply(
  session: Session,
  { batch, ordinal, record }: Numbered,
  standing: Map<string, TableRow>,
): Promise<MergeResult> {
  const { after, operation } = record.event;
  const { position } = record;
  const id = idOf(record);
  if (operation === 'truncate') {
    await guard(session, floorId, position);
    await session.run(
      `delete t from t join guarded g on g.id = t.id where (g.generation, g.major, g.minor) < (?, ?, ?)`,
      partsOf(position),
    );
    return { batch, applied: 1 };
  }
  if (id === null) throw new Error('a change without a key');
  const newer = await session.cells(
    'select 1 from guarded where id in (?, ?) and (generation, major, minor) >= (?, ?, ?)',
    [id, floorId, ...partsOf(position)],
  );
  if (newer.length > 0) return { batch, applied: 0 };
  if (after?.cells.includes(unchanged) && !standing.has(id)) return { batch, applied: 0, baseless: [ordinal] };
  await guard(session, id, position);
  if (after === null) {
    await session.run('delete from t where id = ?', [id]);
    standing.delete(id);
  } else {
    const row = rowOf(after, standing.get(id));
    standing.set(id, row);
    await write(session, row);
  }
  return { batch, applied: 1 };
}

async function guard(session: Session, id: SqlValue, position: Position): Promise<void> {
  await session.run(
    `insert into guarded (id, generation, major, minor) values (?, ?, ?, ?)
     on duplicate key update generation = values(generation), major = values(major), minor = values(minor)`,
    [id, ...partsOf(position)],
  );
}

/** An UPDATE before an INSERT, because ON DUPLICATE KEY UPDATE would change the row that has the same name. */
async function write(session: Session, row: TableRow | undefined): Promise<void> {
  if (row === undefined) return;
  const { id, name, note } = row;
  const { rows } = await session.run('update t set name = ?, note = ? where id = ?', [name, note, id]);
  if (rows === 0) await session.run('insert into t (id, name, note) values (?, ?, ?)', [id, name, note]);
}

function rowOf({ shape, cells }: Row, standing: TableRow | undefined): TableRow {
  const entries = shape.columns.map((column, index) => {
    const cell = cells[index] ?? null;
    const kept = standing?.[column as keyof TableRow] ?? null;
    return [column, cell === unchanged ? kept : cell === null ? null : String(cell)];
  });
  return { id: null, name: null, note: null, ...standing, ...Object.fromEntries(entries) };
}

const idOf = ({ event: { after, key, before } }: Replicated): string | null => {
  const row = after ?? key ?? before;
  return row === null ? null : String(row.cells[row.shape.columns.indexOf('id')]);
};

const partsOf = ({ generation, major, minor }: Position): [number, string, string] => [generation, major, minor];
