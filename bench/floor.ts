/** The floor: what PostgreSQL takes from two connections when nothing else is done, by the same COPY and merge. */
import pg from 'pg';
import { copyInto } from '../adapters/postgres/copy.ts';
import { LaneSession } from '../adapters/postgres/lane-session.ts';
import { mergeGroup } from '../adapters/postgres/merge-group.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import { oneTable } from '../adapters/postgres/one-table.ts';
import { copyIncoming, copyText } from '../adapters/postgres/sql/incoming.ts';
import { mergeStatement } from '../adapters/postgres/sql/merge.ts';
import type { Batch } from '../pipeline/batch.ts';
import type { Change } from '../pipeline/change.ts';
import { usersEnriched } from '../schemas/users-enriched.ts';

const connections = 2;

/** Events a second, the collapsed ones counted, from prepared COPY texts to durable rows. */
export async function floor(database: string, batches: AsyncIterable<Batch<Change>>): Promise<number> {
  const prepared: { text: readonly Buffer[]; rows: number; events: number }[] = [];
  for await (const batch of batches) {
    prepared.push({ text: [...copyText([batch], usersEnriched)], rows: batch.records.length, events: batch.read });
  }
  const events = prepared.reduce((sum, one) => sum + one.events, 0);
  await withClient(database, migrate);
  const { hostname: host, port, username: user, password, pathname } = new URL(database);
  const target = { host, port: Number(port), user, password, database: pathname.slice(1) };
  const merge = mergeStatement(usersEnriched);
  const sessions = Array.from(
    { length: connections },
    (_, i) => new LaneSession(target, `floor ${i}`, oneTable(usersEnriched).open),
  );
  await Promise.all(sessions.map((session) => session.client()));
  const started = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let next = prepared.shift(); next; next = prepared.shift()) {
        const { text, rows } = next;
        await session.transaction(async (client) => {
          await copyInto(client, copyIncoming, text);
          return await mergeGroup(client, { count: rows, merge });
        });
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(sessions.map((session) => session.close()));
  return events / seconds;
}

async function withClient(connectionString: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
