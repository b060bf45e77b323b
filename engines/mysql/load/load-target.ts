/** MySQL and MariaDB as the target of a load. */
import { PipelineError } from '../../../pipeline/errors.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import type { Chunk, ChunkRows, Loaded, LoadedRow, LoadTarget, LoadWriter, RefusedRow } from '../../load.ts';
import { loadedRowsMissing, tableNotEmpty, writeBisecting } from '../../load-rows.ts';
import { type PolicyConfig, policiesOf } from '../../types/policies.ts';
import type { TableDefinition } from '../../types/table.ts';
import type { Cast } from '../../types/to-mysql/cast.ts';
import { castInto } from '../catalogue/cast-column.ts';
import { readColumns } from '../catalogue/columns.ts';
import { describeProduct, type MysqlDatabase } from '../connection/database.ts';
import { openSession } from '../connection/open-session.ts';
import { reachDatabase } from '../connection/reach.ts';
import type { Session } from '../connection/session.ts';
import { diagnose, refusalOf } from '../errors.ts';
import { quoted } from '../identifiers.ts';
import { lockName } from '../locks.ts';
import { migrate } from '../schema/migrate.ts';
import {
  awaitChunks,
  type DatabaseOf,
  enterChunk,
  entryOf,
  forgetting,
  isFollowed,
  markChunk,
  readLedger,
} from './ledger.ts';
import { loadStream } from './load-data.ts';

/** The server's number for a value that it cut. */
const truncated = 1265;

/** Longest time of writing one chunk. */
const chunkLimitMs = 3_600_000;

/** Rows in a statement where a chunk must be written by INSERT. */
const insertRows = 500;

/** What a load needs to know of its target. */
export type MysqlLoadOptions = {
  readonly databaseOf: DatabaseOf;
  readonly policies: PolicyConfig;
};

/** Writes into the tables of this server. */
export const mysqlLoadTarget = (database: MysqlDatabase, options: MysqlLoadOptions): LoadTarget => ({
  server: describeProduct(database),
  diagnose,
  prepare: async (say) => {
    const session = await reachDatabase(database, 'sluice-load/setup', say);
    try {
      return await migrate(session);
    } finally {
      await session.end();
    }
  },
  open: async (name) => {
    const timeouts = { ...database.timeouts, statement: chunkLimitMs, answer: chunkLimitMs + 10_000 };
    return new Writer(await openSession({ ...database, timeouts }, name), options);
  },
});

/** A column to load, with its cast. */
type LoadColumn = { readonly name: string; readonly cast: Cast };

class Writer implements LoadWriter {
  readonly #session: Session;
  readonly #options: MysqlLoadOptions;
  readonly #casts = new Map<string, readonly LoadColumn[]>();

  constructor(session: Session, options: MysqlLoadOptions) {
    this.#session = session;
    this.#options = options;
  }

  async lock(): Promise<void> {
    const [row] = await this.#session.rows<{ taken: string | null }>('select get_lock(?, 0) as taken', [
      lockName(this.#session, 'load'),
    ]);
    if (row?.taken !== '1')
      throw new PipelineError('load_running', 'another load writes to this database', {
        advice: 'Wait for it, or end it. A load that was killed ends with its session, within a minute.',
      });
    await awaitChunks(this.#session);
  }

  /** Tables are made by `schema apply`, which also makes indexes and foreign keys after the rows. */
  createMissing = async () => [];
  begin = async () => undefined;
  finish = async () => [];

  ledger = () => readLedger(this.#session, this.#options.databaseOf);

  async columns(table: TableDefinition, loaded: number | null): Promise<readonly string[]> {
    const columns = await this.#castsOf(table);
    const session = this.#session;
    const name = this.#nameOf(table);
    const isEmpty = (await session.cells(`select 1 from ${name} limit 1`)).length === 0;
    if (loaded === null && !isEmpty) throw tableNotEmpty(name);
    if (loaded !== null && loaded > 0 && isEmpty && !(await isFollowed(session, table)))
      throw loadedRowsMissing(name, loaded, this.forgetting(table));
    return columns.map((column) => column.name);
  }

  forgetting = (table: TableDefinition) => forgetting(this.#session, this.#databaseOf({ table }), table);

  async write(chunk: Chunk, columns: readonly string[], { cells }: ChunkRows): Promise<Loaded> {
    const casts = await this.#castsOf(chunk.table);
    if (casts.length !== columns.length) throw new Error('the columns of the target have changed');
    return (await this.#byLoadData(chunk, casts, cells)) ?? (await this.#byInserts(chunk, casts, cells));
  }

  async close(): Promise<void> {
    await this.#session.end();
  }

  #databaseOf({ table }: Pick<Chunk, 'table'>): string {
    return this.#options.databaseOf(table.schema);
  }

  #nameOf(table: TableDefinition): string {
    return `${quoted(this.#databaseOf({ table }))}.${quoted(table.name)}`;
  }

  async #castsOf(table: TableDefinition): Promise<readonly LoadColumn[]> {
    const key = `${table.schema}.${table.name}`;
    const known = this.#casts.get(key);
    if (known !== undefined) return known;
    const found = await readColumns(this.#session, this.#databaseOf({ table }), table.name);
    if (found.length === 0)
      throw new PipelineError('tables_missing', `the target has no table ${this.#nameOf(table)}`, {
        advice: '`npx sluice schema apply` creates it.',
      });
    const byName = new Map(found.map((column) => [column.name, column]));
    const missing = table.columns.filter(({ name }) => !byName.has(name)).map(({ name }) => name);
    if (missing.length > 0)
      throw new PipelineError(
        'columns_missing',
        `the target's table ${this.#nameOf(table)} lacks ${missing.join(', ')}`,
        {
          advice: 'Add the columns: `npx sluice schema plan` shows their types.',
        },
      );
    const { flavor } = this.#session;
    const casts = table.columns.flatMap(({ name, type }): LoadColumn[] => {
      const column = byName.get(name);
      if (column === undefined || column.generated) return [];
      const policies = policiesOf(this.#options.policies, `${key}.${name}`);
      return [{ name, cast: castInto(column, type, flavor, policies) }];
    });
    this.#casts.set(key, casts);
    return casts;
  }

  /**
   * LOCAL makes the server treat errors as warnings: it would cut values and skip rows. Returns undefined, with nothing
   * written, unless every row was written without a warning.
   */
  async #byLoadData(
    chunk: Chunk,
    columns: readonly LoadColumn[],
    rows: () => AsyncIterable<readonly LoadedRow[]>,
  ): Promise<Loaded | undefined> {
    const session = this.#session;
    const sent = { rows: 0 };
    const refused: RefusedRow[] = [];
    const content = loadStream(encoded(rows(), columns, sent, refused));
    return await inTransaction(session, async () => {
      const durable = await entryOf(session, chunk, this.#databaseOf(chunk));
      if (durable !== undefined) return { answer: durable, commit: false };
      const changed = await session.load(loadStatement(this.#nameOf(chunk.table), columns), () => content);
      if (changed.warnings > 0 || changed.rows !== sent.rows) return { answer: undefined, commit: false };
      await enterChunk(session, chunk, this.#databaseOf(chunk), sent.rows, refused);
      return { answer: { rows: sent.rows, refused: refused.length }, commit: true };
    }).finally(() => content.destroy());
  }

  async #byInserts(
    chunk: Chunk,
    columns: readonly LoadColumn[],
    rows: () => AsyncIterable<readonly LoadedRow[]>,
  ): Promise<Loaded> {
    const session = this.#session;
    const refused: RefusedRow[] = [];
    let written = 0;
    return await inTransaction(session, async () => {
      for await (const batch of encoded(rows(), columns, { rows: 0 }, refused)) {
        for (let at = 0; at < batch.length; at += insertRows) {
          const part = batch.slice(at, at + insertRows);
          const write = (some: readonly LoadedRow[]) => insert(session, this.#nameOf(chunk.table), columns, some);
          const bad = await writeBisecting(
            part,
            write,
            (error) => refusalOf(error)?.kind !== 'definition' && refusalOf(error) !== undefined,
          );
          written += part.length - bad.length;
          for (const { row, error } of bad) {
            const { code, message, field } =
              refusalOf(error)?.rejection ?? new Rejection('refused_by_database', String(error));
            refused.push({ code, reason: message, field: field ?? null, cells: named(columns, row) });
          }
        }
      }
      await enterChunk(session, chunk, this.#databaseOf(chunk), written, refused);
      return { answer: { rows: written, refused: refused.length }, commit: true };
    });
  }
}

/** Commits if `work` says so, and rolls back otherwise and after an error. */
async function inTransaction<T>(session: Session, work: () => Promise<{ answer: T; commit: boolean }>): Promise<T> {
  await session.run('start transaction');
  try {
    await markChunk(session);
    const { answer, commit } = await work();
    await session.run(commit ? 'commit' : 'rollback');
    return answer;
  } catch (error) {
    await session.run('rollback').catch(() => session.destroy());
    throw error;
  }
}

const named = (columns: readonly LoadColumn[], row: LoadedRow): Record<string, string | null> =>
  Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]));

/** Encodes rows. A row with a value that the target cannot hold goes to `refused`. */
async function* encoded(
  batches: AsyncIterable<readonly LoadedRow[]>,
  columns: readonly LoadColumn[],
  sent: { rows: number },
  refused: RefusedRow[],
): AsyncGenerator<readonly LoadedRow[]> {
  for await (const batch of batches) {
    const rows: LoadedRow[] = [];
    for (const row of batch) {
      const cells = encodeRow(row, columns);
      if (cells instanceof Rejection)
        refused.push({
          code: cells.code,
          reason: cells.message,
          field: cells.field ?? null,
          cells: named(columns, row),
        });
      else rows.push(cells);
    }
    sent.rows += rows.length;
    yield rows;
  }
}

function encodeRow(row: LoadedRow, columns: readonly LoadColumn[]): LoadedRow | Rejection {
  const cells: (string | null)[] = [];
  for (const [at, { name, cast }] of columns.entries()) {
    const cell = row[at] ?? null;
    const value = cell === null ? null : cast.encode(cell);
    if (value instanceof Rejection) return new Rejection(value.code, `${name}: ${value.message}`, name);
    cells.push(value);
  }
  return cells;
}

/** Columns with an expression are read into variables. */
function loadStatement(table: string, columns: readonly LoadColumn[]): string {
  const isPlain = ({ cast }: LoadColumn) => cast.expression('?') === '?';
  const read = columns.map((column, at) => (isPlain(column) ? quoted(column.name) : `@c${at}`));
  const set = columns.flatMap((column, at) =>
    isPlain(column) ? [] : [`${quoted(column.name)} = ${column.cast.expression(`@c${at}`)}`],
  );
  return `load data local infile 'rows' into table ${table} character set utf8mb4
    fields terminated by '\\t' escaped by '\\\\' lines terminated by '\\n' (${read.join(', ')})${set.length === 0 ? '' : ` set ${set.join(', ')}`}`;
}

async function insert(
  session: Session,
  table: string,
  columns: readonly LoadColumn[],
  rows: readonly LoadedRow[],
): Promise<void> {
  const row = `(${columns.map(({ cast }) => cast.expression('?')).join(', ')})`;
  const { warnings } = await session.run(
    `insert into ${table} (${columns.map(({ name }) => quoted(name)).join(', ')}) values ${rows.map(() => row).join(', ')}`,
    rows.flat(),
  );
  // Even in strict mode the server rounds with no more than a warning.
  if (warnings > 0) throw Object.assign(new Error(`the server altered a value of ${table}`), { errno: truncated });
}
