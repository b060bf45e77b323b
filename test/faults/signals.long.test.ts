/** The real command, ended in the middle by each signal and started again: what it leaves is what the oracle calls for. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic } from '../context.ts';
import { expectOracle } from '../oracle/expect.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { sluice, start, until } from '../sluice.ts';
import { produce } from './scene.ts';

const partitions = 4;

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

describeServers('the enrichment pipeline', () => {
  test('SIGTERM and kill -9 in the middle and a restart lose and double nothing', async () => {
    await using database = await freshDatabase('killed');
    await using topic = await freshTopic(partitions);
    const records = makeWorkload({ seed: 7 });
    await produce(topic.name, records);
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      DATABASE_URL: database.url,
      KAFKA_TOPIC: topic.name,
      SLUICE_WINDOW_BYTES: '256k',
      SLUICE_MAX_RECORDS: '200',
    };
    const args = ['run', '--log-format', 'json'];
    await using client = await open(database.url);
    const read = async (): Promise<number> => {
      const { rows: there } = await client.query(`select to_regclass('sluice.checkpoint') as name`);
      if (there[0].name === null) return 0;
      const { rows } = await client.query('select coalesce(sum(read), 0)::int as read from sluice.checkpoint');
      return rows[0].read;
    };
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT'] as const) {
      const before = await read();
      const running = start(args, { env });
      await until(async () => (await read()) > before, `records are written before ${signal}\n${running.said()}`);
      running.kill(signal);
      const { code, stderr } = await running.finished;
      expect({ signal, code, stderr }).toMatchObject({ code: signal === 'SIGKILL' ? null : 0 });
      expect(await read()).toBeLessThan(records.length);
    }
    const last = await sluice([...args, '--until-caught-up'], { env });
    expect(last).toEndWith(0);
    await expectOracle(client, 'sluice-users', records);
  });
});
