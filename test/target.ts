/** A migrated database and hand-made batches, for tests of the sink that go without a source. */

import pg from 'pg';
import { PostgresSink, type SinkParts } from '../engines/postgres/apply/sink.ts';
import { postgresClaims } from '../engines/postgres/checkpoint/claims.ts';
import type { Database } from '../engines/postgres/connection/connection.ts';
import { oneTable } from '../engines/postgres/connection/one-table.ts';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import { copyCell } from '../engines/postgres/load/copy-text.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import type { Batch, Claim } from '../pipeline/batch.ts';
import type { Change, RawRecord } from '../pipeline/change.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Cell } from '../schemas/table-shape.ts';
import { usersEnriched } from '../schemas/users-enriched.ts';
import { freshDatabase } from './context.ts';
import { databaseOf } from './database-of.ts';

/** A database with the present schema and a session on it. */
export type Target = AsyncDisposable & {
  readonly url: string;
  readonly database: Database;
  readonly client: pg.Client;
  /** Rows of a query. */
  readonly rows: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** A sink of the pipeline `p`, closed with the target. */
  readonly sink: (database?: Database, parts?: Partial<SinkParts>) => PostgresSink<Change>;
  /** Takes partitions of topic `t` over. */
  readonly claim: (...partitions: number[]) => Promise<Claim[]>;
};

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function freshTarget(): Promise<Target> {
  const fresh = await freshDatabase('target', undefined, migrate);
  const database = databaseOf(fresh.url);
  const client = new pg.Client({ connectionString: fresh.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const sinks: PostgresSink<Change>[] = [];
  const ranges = [0, 1, 2, 3].map((partition) => ({ partition, first: 0n, later: 0n }));
  return {
    url: fresh.url,
    database,
    client,
    rows: async (sql, values) => (await client.query(sql, values)).rows,
    sink: (through = database, parts = {}) => {
      const sink = new PostgresSink({ database: through, pipeline: 'p', rows: oneTable(usersEnriched), parts });
      sinks.push(sink);
      return sink;
    },
    claim: async (...mine) => {
      const request = { topic: 't', clusterId: 'c', partitionCount: 4, partitions: ranges, mine };
      const claimed = await postgresClaims(database, 'p', 'sequence', { logger: silent }).claim(request);
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

/** What a test says about a change; the rest is null. */
export type Said = {
  readonly id: number | string;
  readonly sequence: number | string;
  /** The other parts of its position, 0 where a test does not care. */
  readonly generation?: number;
  readonly minor?: string;
} & { readonly [cell: string]: Cell | number };

/** A change of `users_enriched`. */
export function change(
  { id, sequence, generation = 0, minor = '0', ...cells }: Said,
  origin: Partial<RawRecord> = {},
): Change {
  const named: { readonly [name: string]: unknown } = { cdc_operation: 'INSERT', ...cells, id: String(id) };
  const row = usersEnriched.columns.map(({ name }) => copyCell((named[name] ?? null) as Cell));
  return {
    operation: 'insert',
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

/** A batch from offset `from` on, one offset a change, made by a claim. */
export function batchOf(
  claim: Claim,
  from: number,
  said: readonly Said[],
  more: Partial<Batch<Change>> = {},
): Batch<Change> {
  const records = said.map((one, index) => change(one, { offset: String(from + index) }));
  const read = records.length + (more.filtered ?? 0) + (more.parked?.length ?? 0);
  const to = BigInt(from + read);
  return { claim, from: BigInt(from), to, bytes: 0, read, records, filtered: 0, parked: [], mark: null, ...more };
}
