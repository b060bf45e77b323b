/**
 * The main job against an independent oracle, on real Kafka and real PostgreSQL, with the real command. Whatever failure occurs,
 * the table ends with exactly the rows of the events, and every record is counted.
 */
import pg from 'pg';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic } from './context.ts';
import { produce } from './faults/scene.ts';
import { expectOracle } from './oracle/expect.ts';
import { makeWorkload } from './oracle/workload.ts';
import { sluice } from './sluice.ts';

const partitions = 4;

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const wholeTable = `select md5(string_agg(u::text, E'\\n' order by id)) as sum from users_enriched u`;

describeServers('the enrichment pipeline', () => {
  test('20,000 events with duplicates, late repeats, deletes and malformed ones end in the rows of the oracle', async () => {
    await using database = await freshDatabase('oracle');
    await using topic = await freshTopic(partitions);
    const records = makeWorkload();
    await produce(topic.name, records);
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: database.url, KAFKA_TOPIC: topic.name };

    const first = await sluice(['run', '--until-caught-up'], { env });
    expect(first).toEndWith(0);
    await using client = await open(database.url);
    await expectOracle(client, 'sluice-users', records);

    // The same events under another group change no row, not even its migration_timestamp.
    const before = await client.query(wholeTable);
    const second = await sluice(['run', '--until-caught-up', '--group-id', 'again'], { env });
    expect(second).toEndWith(0);
    expect((await client.query(wholeTable)).rows).toEqual(before.rows);
    await expectOracle(client, 'again', records);
    const { rows } = await client.query(
      `select sum(applied)::int as applied from sluice.checkpoint where pipeline = 'again'`,
    );
    expect(rows).toEqual([{ applied: 0 }]);
  });
});
