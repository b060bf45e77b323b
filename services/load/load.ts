/** Loads whole tables over several connections. An interrupted load continues with the chunks that are not durable. */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BrokenConstraint,
  Chunk,
  ChunkRows,
  LedgerEntry,
  Loaded,
  LoadReader,
  LoadSource,
  LoadTarget,
  LoadWriter,
} from '../../engines/load.ts';
import type { TableDefinition } from '../../engines/types/table.ts';
import { backoff } from '../../pipeline/backoff.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { warnOfCapture } from '../connectors/precheck.ts';
import { type Running, start, unlessStopped, type Work } from '../running.ts';
import { isLoaded, missingChunks } from './chunks.ts';

/** What to load, and how. */
export type LoadConfig = {
  readonly source: LoadSource;
  readonly target: LoadTarget;
  /** Whether a table of the source is loaded. */
  readonly isWanted: (table: TableDefinition) => boolean;
  /** Connections to each database, besides one that plans. */
  readonly connections: number;
  /** Most rows in a chunk. */
  readonly chunkRows: number;
};

/** The result of a load. */
export type LoadResult = {
  readonly tables: readonly LoadedTable[];
  /** Constraints of the target that the rows violate. */
  readonly broken: readonly BrokenConstraint[];
  readonly seconds: number;
};

/** Rows in the target's ledger at the end, those of earlier runs included. */
export type LoadedTable = { readonly name: string; readonly rows: number; readonly refused: number };

/** Size of a chunk: a transaction of this size takes about a second. */
const chunkBytes = 64 * 2 ** 20;

/** Fewest rows in a chunk, however wide. */
const fewestRows = 1_000;

/** Longest time for which a server may be away before the load fails. */
const outageLimitMs = 300_000;

/** The name of a table in messages and in the ledger. */
export const nameOf = ({ schema, name }: Pick<TableDefinition, 'schema' | 'name'>): string => `${schema}.${name}`;

/** Starts the load. `done` rejects with the reason of a stop; everything durable by then stays, and the next load continues. */
export const startLoad = (config: LoadConfig): Running<LoadResult> => start((work) => new Load(config, work).run());

type Planned = {
  readonly table: TableDefinition;
  readonly done: readonly LedgerEntry[];
  readonly rows: number;
};

class Load {
  readonly #config: LoadConfig;
  readonly #work: Work;
  readonly #columns = new Map<string, readonly string[]>();

  constructor(config: LoadConfig, work: Work) {
    this.#config = config;
    this.#work = work;
  }

  async run(): Promise<LoadResult> {
    const { source, target, connections } = this.#config;
    const began = performance.now();
    const versions = await unlessStopped(
      this.#work.stop,
      target.prepare((line) => this.#work.logger.warn({}, line)),
    );
    if (versions.length > 0) this.#work.events.emit({ type: 'schemaMigrated', versions });
    await using closing = closer();
    const reader = closing.add(await source.open('sluice-load/plan'));
    const guard = closing.add(await target.open('sluice-load/ledger'));
    await guard.lock();
    const tables = await this.#wanted(reader);
    const created = await guard.createMissing(tables);
    if (created.length > 0) this.#work.logger.info({ tables: created }, 'created tables as the source defines them');
    const identity = await reader.identity();
    const planned = await this.#plan(tables, identity, reader, guard);
    await guard.begin(tables);
    const chunks = this.#chunks(planned, identity, reader);
    // Workers take the next chunk one after the other, because bounds are found in order.
    let turn: Promise<unknown> = Promise.resolve();
    const next = (): Promise<IteratorResult<Chunk, void>> => {
      const taken = turn.then(() => chunks.next());
      turn = taken.catch(() => undefined);
      return taken;
    };
    const failed = new AbortController();
    const worker = async (number: number): Promise<void> => {
      try {
        await this.#workOff(number, next, failed.signal);
      } catch (error) {
        failed.abort();
        throw error;
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: connections }, (_, index) => worker(index + 1)));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    this.#work.stop.throwIfAborted();
    const broken = await guard.finish(tables);
    for (const one of broken) this.#work.logger.error(one, 'rows of the target break a constraint');
    return { tables: totals(planned, await guard.ledger()), broken, seconds: (performance.now() - began) / 1000 };
  }

  async #wanted(reader: LoadReader): Promise<readonly TableDefinition[]> {
    const tables = (await reader.tables()).filter(this.#config.isWanted);
    if (tables.length === 0)
      throw new PipelineError('tables_missing', 'the source has no table to load', {
        advice: 'Check the option `tables`; partitions are loaded with their root.',
      });
    return tables;
  }

  /** The tables in the order of their loading: the largest first, so that no connection is left with it at the end. */
  async #plan(
    tables: readonly TableDefinition[],
    identity: string,
    reader: LoadReader,
    guard: LoadWriter,
  ): Promise<readonly Planned[]> {
    // Not an error: the rows alone may be wanted.
    warnOfCapture(await reader.captureFaults(tables), this.#work.logger);
    const ledger = await guard.ledger();
    const sizes = await reader.estimates(tables);
    const planned: Planned[] = [];
    for (const table of tables) {
      const done = ledger
        .filter((entry) => entry.schema === table.schema && entry.table === table.name)
        .sort((a, b) => a.number - b.number);
      const foreign = done.find(({ source }) => source !== identity);
      if (foreign !== undefined) throw otherSource(table, foreign.source, identity, guard.forgetting(table));
      const durable = done.reduce((sum, entry) => sum + entry.rows, 0);
      const columns = await guard.columns(table, done.length === 0 ? null : durable);
      this.#columns.set(nameOf(table), columns);
      const { rows = null, bytes = 0 } = sizes.get(nameOf(table)) ?? {};
      const width = rows === null || rows === 0 ? 0 : bytes / rows;
      planned.push({ table, done, rows: rows ?? 0 });
      this.#work.events.emit({
        type: 'loadPlanned',
        table: nameOf(table),
        rows,
        durable,
        isLoaded: isLoaded(done),
      });
      this.#chunkRows.set(
        table,
        Math.max(fewestRows, Math.min(this.#config.chunkRows, Math.floor(chunkBytes / Math.max(width, 1)))),
      );
    }
    return planned.sort((a, b) => b.rows - a.rows);
  }

  readonly #chunkRows = new Map<TableDefinition, number>();

  async *#chunks(planned: readonly Planned[], source: string, reader: LoadReader): AsyncGenerator<Chunk, void> {
    for (const { table, done } of planned) {
      const rows = this.#chunkRows.get(table) ?? this.#config.chunkRows;
      yield* missingChunks({ source, table }, done, (after) => reader.boundAfter(table, after, rows));
    }
  }

  async #workOff(number: number, next: () => Promise<IteratorResult<Chunk, void>>, failed: AbortSignal): Promise<void> {
    const { source, target } = this.#config;
    let open: { readonly reader: LoadReader; readonly writer: LoadWriter } | undefined;
    const close = async () => {
      const closed = open;
      open = undefined;
      await Promise.all([closed?.reader.close(), closed?.writer.close()]);
    };
    const opened = async () => {
      open ??= {
        reader: await source.open(`sluice-load/${number}`),
        writer: await target.open(`sluice-load/${number}`),
      };
      return open;
    };
    try {
      while (!this.#work.stop.aborted && !failed.aborted) {
        const taken = await next();
        if (taken.done) return;
        const chunk = taken.value;
        const loaded = await this.#retrying(close, async () => {
          const { reader, writer } = await opened();
          const columns = this.#columns.get(nameOf(chunk.table)) ?? [];
          return await writer.write(chunk, columns, rowsOf(reader, chunk, columns));
        });
        this.#work.events.emit({ type: 'chunkLoaded', table: nameOf(chunk.table), number: chunk.number, ...loaded });
      }
    } finally {
      await close();
    }
  }

  /** Repeats the work after an outage of either server, on new connections. The chunk may be durable already, which its ledger entry shows. */
  async #retrying(close: () => Promise<void>, work: () => Promise<Loaded>): Promise<Loaded> {
    const { source, target } = this.#config;
    const until = performance.now() + outageLimitMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        await close();
        const isOutage = [source, target].some(({ diagnose }) => diagnose(error).reaction === 'retry');
        if (!isOutage || performance.now() > until || this.#work.stop.aborted) throw error;
        this.#work.logger.warn(
          { attempt },
          `a connection of the load failed, the chunk is repeated: ${messageOf(error)}`,
        );
        await sleep(backoff(attempt), undefined, { signal: this.#work.stop }).catch(() => undefined);
      }
    }
  }
}

const otherSource = (table: TableDefinition, found: string, source: string, forget: string): PipelineError =>
  new PipelineError('source_mismatch', `${nameOf(table)} was loaded from ${found}, not from ${source}`, {
    advice: `Load into another database. Or empty the table, and remove its entries from the ledger: ${forget};`,
  });

const rowsOf = (reader: LoadReader, chunk: Chunk, columns: readonly string[]): ChunkRows => ({
  cells: () => reader.read(chunk, columns),
  copyText: reader.readCopyText?.bind(reader, chunk, columns) ?? null,
});

/** Closes what was added, the last first. */
function closer() {
  const added: { close(): Promise<void> }[] = [];
  return {
    add: <T extends { close(): Promise<void> }>(one: T): T => {
      added.unshift(one);
      return one;
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of added) await one.close();
    },
  };
}

const totals = (planned: readonly Planned[], ledger: readonly LedgerEntry[]): readonly LoadedTable[] =>
  planned
    .map(({ table }) => {
      const entries = ledger.filter((entry) => entry.schema === table.schema && entry.table === table.name);
      const sum = (of: (entry: LedgerEntry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
      return { name: nameOf(table), rows: sum(({ rows }) => rows), refused: sum(({ refused }) => refused) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
