/** PostgreSQL as the target of a load: each chunk by COPY, in one transaction with its entry in the ledger. */
import type pg from 'pg';
import type { Logger } from '../../../pipeline/ports.ts';
import type { BrokenConstraint, Chunk, ChunkRows, Loaded, LoadTarget, LoadWriter } from '../../load.ts';
import { loadedRowsMissing, tableNotEmpty } from '../../load-rows.ts';
import type { TableDefinition } from '../../types/table.ts';
import { readRelations } from '../catalogue/read.ts';
import type { CatalogueTable } from '../catalogue/table.ts';
import { connect, type Database, describeServers, inTransaction } from '../connection/connection.ts';
import { hangUp } from '../connection/hang-up.ts';
import { reachDatabase } from '../connection/reach.ts';
import { diagnose } from '../errors.ts';
import { setReplicaRole } from '../replica/constraints/replica-session.ts';
import { migrate } from '../schema/migrate.ts';
import { claimChunk, countChunk, forgetting, isFollowed, keepRefused, readLedger } from './ledger.ts';
import { type LoadTable, loadTable } from './load-table.ts';
import { beginTables, copyMissing, finishTables } from './load-tables.ts';
import { lockLoad, markWriter } from './locks.ts';
import { copyTextOf, isOfRow, writeAccepted, writeAll } from './write-rows.ts';

/** Longest time of writing one chunk. */
const chunkLimitMs = 3_600_000;

/** Longest wait for rows of the source within the transaction of a chunk. */
const sourceLimitMs = 600_000;

/** `array_nulls` and `lc_monetary` are those of the texts that the source writes. */
const settings = `set lc_monetary = 'C'; set array_nulls = on; set xmloption = content;`;

/** What a load needs to know of its target. */
export type PostgresLoadOptions = {
  /** The source, if it is PostgreSQL, too: it defines missing tables, and has the values of sequences. */
  readonly source: Database | undefined;
  readonly logger: Logger;
};

/** Writes into the tables of this database. */
export function postgresLoadTarget(database: Database, options: PostgresLoadOptions): LoadTarget {
  const timeouts = {
    ...database.timeouts,
    statement: chunkLimitMs,
    answer: chunkLimitMs + 10_000,
    idleInTransaction: sourceLimitMs,
  };
  const tables = new Map<string, LoadTable>();
  return {
    server: `PostgreSQL at ${describeServers(database)}`,
    diagnose,
    prepare: async (say) => {
      const client = await reachDatabase(database, 'sluice-load/setup', say);
      try {
        return await migrate(client, ['sluice']);
      } finally {
        await hangUp(client);
      }
    },
    open: async (name) => {
      const client = await connect({ ...database, timeouts }, name);
      try {
        await client.query(settings);
        return new Writer(client, await setReplicaRole(client), tables, options);
      } catch (error) {
        await hangUp(client);
        throw error;
      }
    },
  };
}

class Writer implements LoadWriter {
  readonly #client: pg.Client;
  readonly #isReplica: boolean;
  readonly #tables: Map<string, LoadTable>;
  readonly #options: PostgresLoadOptions;
  /** The relations of the target by schema and name, read once. */
  #relations: ReadonlyMap<string, CatalogueTable> | undefined;
  #isMarked = false;

  /**
   * @param isReplica whether the session checks no foreign keys and fires no triggers.
   * @param tables those that are known, shared by all writers of a load.
   */
  constructor(client: pg.Client, isReplica: boolean, tables: Map<string, LoadTable>, options: PostgresLoadOptions) {
    this.#client = client;
    this.#isReplica = isReplica;
    this.#tables = tables;
    this.#options = options;
  }

  lock = () => lockLoad(this.#client);

  async createMissing(tables: readonly TableDefinition[]): Promise<readonly string[]> {
    const { source } = this.#options;
    return source === undefined ? [] : await copyMissing(source, this.#client, tables);
  }

  ledger = () => readLedger(this.#client);

  async columns(table: TableDefinition, loaded: number | null): Promise<readonly string[]> {
    const { columns, qualified, only } = await this.#tableOf(table);
    const client = this.#client;
    const isEmpty = (await client.query(`select from ${only} limit 1`)).rows.length === 0;
    if (loaded === null && !isEmpty) throw tableNotEmpty(qualified);
    if (loaded !== null && loaded > 0 && isEmpty && !(await isFollowed(client, table)))
      throw loadedRowsMissing(qualified, loaded, this.forgetting(table));
    return columns;
  }

  forgetting = forgetting;

  async begin(tables: readonly TableDefinition[]): Promise<void> {
    const { logger } = this.#options;
    await beginTables(this.#client, await this.#namesOf(tables), { isReplica: this.#isReplica, logger });
  }

  async write(chunk: Chunk, columns: readonly string[], rows: ChunkRows): Promise<Loaded> {
    const table = await this.#tableOf(chunk.table);
    if (table.columns.join() !== columns.join()) throw new Error('the columns of the target have changed');
    const text = rows.copyText ?? (() => copyTextOf(rows.cells()));
    const client = this.#client;
    if (!this.#isMarked) await markWriter(client);
    this.#isMarked = true;
    try {
      return await this.#entering(chunk, table, async () => ({
        rows: await writeAll(client, table, text()),
        refused: 0,
      }));
    } catch (error) {
      if (!isOfRow(error)) throw error;
    }
    return await this.#entering(chunk, table, async () => {
      let refused = 0;
      const written = await writeAccepted(client, table, text(), async (some) => {
        refused += some.length;
        await keepRefused(client, chunk, some);
      });
      return { rows: written, refused };
    });
  }

  async finish(tables: readonly TableDefinition[]): Promise<readonly BrokenConstraint[]> {
    return await finishTables(this.#client, await this.#namesOf(tables), this.#options);
  }

  async close(): Promise<void> {
    await hangUp(this.#client);
  }

  /** Runs `work` in a transaction that enters the chunk, unless it is durable already. */
  async #entering(chunk: Chunk, { qualified, staging }: LoadTable, work: () => Promise<Loaded>): Promise<Loaded> {
    const client = this.#client;
    return await inTransaction(client, async () => {
      const durable = await claimChunk(client, chunk);
      if (durable !== undefined) return durable;
      // From here on the table stays as it is, so an error of the statement cannot pass for one of a row.
      await client.query(`lock table ${qualified} in row exclusive mode; set constraints all immediate`);
      if (staging !== null) await client.query(staging.create);
      const loaded = await work();
      await countChunk(client, chunk, loaded);
      return loaded;
    });
  }

  async #namesOf(tables: readonly TableDefinition[]): Promise<readonly string[]> {
    const names: string[] = [];
    for (const table of tables) names.push((await this.#tableOf(table)).qualified);
    return names;
  }

  async #tableOf(table: TableDefinition): Promise<LoadTable> {
    const key = JSON.stringify([table.schema, table.name]);
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    this.#relations ??= new Map(
      (await readRelations(this.#client)).map((one) => [JSON.stringify([one.schema, one.name]), one]),
    );
    const made = loadTable(table, this.#relations.get(key), this.#tables.size, this.#options.source !== undefined);
    this.#tables.set(key, made);
    return made;
  }
}
