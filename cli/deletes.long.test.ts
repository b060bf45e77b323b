/** Proves the effect of a DELETE in the real command, and that a table keeps its mode of deletes and its source. */
import { expect, test } from 'vitest';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import {
  bootstrap,
  describePostgres,
  describeServers,
  freshDatabase,
  freshTopic,
  kafkaClient,
} from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { sluice } from '../test/sluice.ts';

const event = (id: number, sequence: number, operation: string, more: object = {}) =>
  `${JSON.stringify({ id, cdc_operation: operation, cdc_sequence: sequence, ...more })}\n`;

const rowsOf = (url: string, sql: string): Promise<unknown[]> =>
  withConnection(databaseOf(url), 'test', async (client) => (await client.query(sql)).rows);

const feed = (url: string, input: string, ...args: string[]) =>
  sluice(['run', '--source', '-', ...args], { env: { DATABASE_URL: url }, input });

const people = `select id::int, first_name, city, cdc_operation as operation from users_enriched order by 1`;

describePostgres('a DELETE', () => {
  test('replaces the whole row: fields it lacks become null, fields it has are kept (rule 2)', async () => {
    await using database = await freshDatabase('deletes');
    const name = { first_name: 'Ann', city: 'Oslo' };
    const said = [
      event(1, 1, 'INSERT', name),
      event(2, 2, 'INSERT', name),
      event(1, 3, 'DELETE'),
      event(2, 4, 'DELETE', { first_name: 'Bob' }),
      event(3, 6, 'UPDATE', { city: 'Rome' }),
      event(3, 5, 'INSERT', name),
    ];
    expect(await feed(database.url, said.join(''))).toEndWith(0);
    expect(await rowsOf(database.url, people)).toEqual([
      { id: 1, first_name: null, city: null, operation: 'DELETE' },
      { id: 2, first_name: 'Bob', city: null, operation: 'DELETE' },
      { id: 3, first_name: null, city: 'Rome', operation: 'UPDATE' },
    ]);
  });

  test('with --deletes hard removes the row permanently, and soft is refused afterwards (rules 9 and 12)', async () => {
    await using database = await freshDatabase('deletes');
    const { url } = database;
    const first = [event(1, 1, 'INSERT'), event(2, 2, 'INSERT'), event(1, 9, 'DELETE')];
    expect(await feed(url, first.join(''), '--deletes', 'hard')).toEndWith(0);
    // A late event, from another run.
    expect(await feed(url, event(1, 8, 'UPDATE'), '--deletes', 'hard')).toEndWith(0);
    expect(await rowsOf(url, people)).toMatchObject([{ id: 2 }]);
    const refused = await feed(url, event(1, 10, 'INSERT'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/started with --deletes hard, not soft.*\[deletes_mismatch\]/);
    expect(refused.stderr).toMatch(/Run with --deletes hard/);
    expect(await rowsOf(url, people)).toMatchObject([{ id: 2 }]);
  });
});

describeServers('a table fed from one topic', () => {
  test('accepts a file and a second pipeline, but no other topic; status reports a replay (rule 9)', async () => {
    await using database = await freshDatabase('deletes');
    await using topic = await freshTopic(1, 'deletes');
    await using other = await freshTopic(1, 'deletes');
    const producer = kafkaClient().producer();
    await producer.connect();
    const messages = Array.from({ length: 800 }, (_, id) => ({ key: `${id}`, value: event(id, id + 1, 'INSERT') }));
    await producer.send({ topic: topic.name, messages });
    await producer.disconnect();
    const run = (name: string, group: string, ...more: string[]) => {
      const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: database.url };
      return sluice([...more, '--topic', name, '--group-id', group], { env });
    };
    const caughtUp = ['run', '--until-caught-up'];
    expect(await run(topic.name, topic.name, ...caughtUp)).toEndWith(0);
    expect(await feed(database.url, event(1, 5, 'UPDATE'))).toEndWith(0);
    expect(await run(topic.name, `${topic.name}-again`, ...caughtUp)).toEndWith(0);
    const refused = await run(other.name, other.name, ...caughtUp);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/positions cannot be compared.*\[source_mismatch\]/);
    expect(refused.stderr).toMatch(/UPDATE sluice\.target SET topic = NULL/);
    const [plain, replay] = await Promise.all([
      run(topic.name, topic.name, 'status'),
      run(topic.name, `${topic.name}-again`, 'status'),
    ]);
    expect(plain.stdout).not.toMatch(/superseded: /);
    expect(replay).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^idle.*\n.*were superseded: .*reset\?/),
    });
  });
});
