/** A migrated database and hand-made batches, for tests of the sink without a source. */

import pg from 'pg';
import { oneTable } from '../engines/postgres/apply/one-table.ts';
import type { Database } from '../engines/postgres/connection/connection.ts';
import { postgresEngine } from '../engines/postgres/engine.ts';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import { copyCell } from '../engines/postgres/load/copy-text.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { type ClaimsOptions, claimsOn } from '../engines/sink/claims.ts';
import type { Rows } from '../engines/sink/rows.ts';
import { EngineSink, type SinkParts } from '../engines/sink/sink.ts';
import type { Batch, Claim } from '../pipeline/batch.ts';
import type { Change, FromRecord, RawRecord } from '../pipeline/change.ts';
import type { Claims, Logger } from '../pipeline/ports.ts';
import type { OrderBy } from '../schemas/order-by.ts';
import type { Cell } from '../schemas/table-shape.ts';
import { usersEnriched } from '../schemas/users-enriched.ts';
import { freshDatabase } from './context.ts';
import { databaseOf } from './database-of.ts';

/** A database with the current schema and a session on it. */
export type Target = AsyncDisposable & {
  readonly url: string;
  readonly database: Database;
  readonly client: pg.Client;
  /** Rows of a query. */
  readonly rows: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** A sink of the pipeline `p`, closed with the target. */
  readonly sink: (database?: Database, parts?: Partial<SinkParts<pg.Client>>) => EngineSink<pg.Client, Change>;
  /** Claims partitions of topic `t`. */
  readonly claim: (...partitions: number[]) => Promise<Claim[]>;
};

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A sink of the pipeline `p` on PostgreSQL. */
export const sinkOf = <C extends FromRecord>(
  database: Database,
  rows: Rows<pg.Client, C>,
  parts: Partial<SinkParts<pg.Client>> = {},
): EngineSink<pg.Client, C> =>
  new EngineSink({ engine: postgresEngine(database, { logger: silent }), pipeline: 'p', rows, parts });

/** Claims of a pipeline on PostgreSQL. */
export const claimsOf = (
  database: Database,
  pipeline: string,
  orderBy: OrderBy,
  {
    logger = silent,
    lockPatienceMs,
    ...rest
  }: Partial<Pick<ClaimsOptions, 'logger' | 'afterClaim'>> & { readonly lockPatienceMs?: number } = {},
): Claims => {
  const engine = postgresEngine(database, { logger, ...(lockPatienceMs === undefined ? {} : { lockPatienceMs }) });
  return claimsOn({ engine, pipeline, orderBy, logger, ...rest });
};

export async function freshTarget(): Promise<Target> {
  const fresh = await freshDatabase('target', undefined, migrate);
  const database = databaseOf(fresh.url);
  const client = new pg.Client({ connectionString: fresh.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const sinks: EngineSink<pg.Client, Change>[] = [];
  const ranges = [0, 1, 2, 3].map((partition) => ({ partition, first: 0n, later: 0n }));
  return {
    url: fresh.url,
    database,
    client,
    rows: async (sql, values) => (await client.query(sql, values)).rows,
    sink: (through = database, parts = {}) => {
      const sink = sinkOf(through, oneTable(usersEnriched), parts);
      sinks.push(sink);
      return sink;
    },
    claim: async (...mine) => {
      const request = { topic: 't', clusterId: 'c', partitionCount: 4, partitions: ranges, mine };
      const claimed = await claimsOf(database, 'p', 'sequence').claim(request);
      return claimed.map(({ partition, epoch, reached }, index) => ({
        topic: 't',
        partition,
        epoch,
        index,
        revoked: false,
        reached,
      }));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sinks.map((sink) => sink.close()));
      await client.end();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

/** The cells of a change that a test sets; the others are null. */
export type ChangeCells = {
  readonly id: number | string;
  readonly sequence: number | string;
  /** The other parts of its position, 0 by default. */
  readonly generation?: number;
  readonly minor?: string;
} & { readonly [cell: string]: Cell | number };

/** A change of `users_enriched`. */
export function change(
  { id, sequence, generation = 0, minor = '0', ...cells }: ChangeCells,
  origin: Partial<RawRecord> = {},
): Change {
  const named: { readonly [name: string]: unknown } = { cdc_operation: 'INSERT', ...cells, id: String(id) };
  const row = usersEnriched.columns.map(({ name }) => copyCell((named[name] ?? null) as Cell));
  return {
    operation: 'INSERT',
    row: new CopyRows().addText([generation, sequence, minor, ...row].join('\t')),
    origin: {
      offset: '0',
      timestamp: '1700000000000',
      key: Buffer.from(String(id)),
      value: Buffer.from('{}'),
      ...origin,
    },
  };
}

/** A batch of a claim, starting at offset `from`, one offset per change. */
export function batchOf(
  claim: Claim,
  from: number,
  changes: readonly ChangeCells[],
  more: Partial<Batch<Change>> = {},
): Batch<Change> {
  const records = changes.map((one, index) => change(one, { offset: String(from + index) }));
  const read = records.length + (more.filtered?.length ?? 0) + (more.parked?.length ?? 0);
  const to = BigInt(from + read);
  return {
    claim,
    from: BigInt(from),
    to,
    bytes: 0,
    read,
    records,
    filtered: [],
    parked: [],
    mark: null,
    reached: null,
    ...more,
  };
}
