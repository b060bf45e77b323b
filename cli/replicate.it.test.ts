/** Proves the checks of `sluice replicate` before and after a run. test/replication tests the replication itself. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { bootstrap, freshDatabase, freshTopic, kafkaClient } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { sluice } from '../test/sluice.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let other: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  [database, other] = await Promise.all([freshDatabase('replicate'), freshDatabase('replicate')]);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const replicate = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  sluice(['replicate', '--until-caught-up', ...args], { env: { SLUICE_LOG_FORMAT: 'pretty', ...env } });

test.skipIf(inject('kafka') === null)(
  'a target that is its own source is refused, even under another host name',
  async () => {
    const alias = new URL(database.url);
    alias.hostname = alias.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
    for (const source of [database.url, alias.href]) {
      const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), SOURCE_URL: source, TARGET_URL: database.url };
      const { code, stderr } = await replicate([], env);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[target_is_source]') });
    }
  },
);

test.skipIf(inject('kafka') === null)('a pattern that matches no topic is a failure', async () => {
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), SOURCE_URL: other.url, TARGET_URL: database.url };
  const { code, stderr } = await replicate(['--topics', '^nobody\\.'], env);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[missing_topic]') });
});

test.skipIf(inject('kafka') === null)('invalid rules are refused with the place of the mistake: 2', async () => {
  const { code, stderr } = await replicate(['--rules', '/nowhere/rules.json'], {
    KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
  });
  expect(code).not.toBe(0);
  expect(stderr).toContain('/nowhere/rules.json');
});

async function send(
  topic: string,
  messages: readonly { readonly key: string; readonly value: string }[],
): Promise<void> {
  const producer = kafkaClient().producer();
  await producer.connect();
  await producer.send({ topic, messages: [...messages] }).finally(() => producer.disconnect());
}

const onDatabase = (url: string, sql: string): Promise<unknown[]> =>
  withConnection(databaseOf(url), 'test', async (client) => (await client.query(sql)).rows);

test.skipIf(inject('kafka') === null).each(['the source', 'the target'])(
  'messages without a schema are decoded by the catalogue of %s',
  async (whose) => {
    await using source = await freshDatabase('source');
    await using target = await freshDatabase('target');
    const schema = `s${randomUUID().slice(0, 8)}`;
    await using topic = await freshTopic(1, 'cdc', bootstrap(), `.${schema}.t`);
    const ddl = `create schema ${schema}; create domain ${schema}.tag as text; create type ${schema}.pair as (a integer);
      create table ${schema}.t (id bigint primary key, list integer[], tags ${schema}.tag[], b bytea, pair ${schema}.pair, at timestamp(3))`;
    await onDatabase(source.url, ddl);
    if (whose === 'the target') await onDatabase(target.url, ddl);
    const after = {
      id: 1,
      list: [1, null],
      tags: ['eCB5'],
      b: '/w==',
      pair: 'KDEp',
      at: whose === 'the source' ? 1 : null,
    };
    const at = { schema, table: 't', lsn: 5, sequence: '["4","5"]', snapshot: 'false', ts_ms: 1 };
    const value = JSON.stringify({ before: null, after, source: at, op: 'c', ts_ms: 1 });
    await send(topic.name, [{ key: '{"id":1}', value }]);
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      TARGET_URL: target.url,
      ...(whose === 'the source' ? { SOURCE_URL: source.url } : {}),
    };
    const { code, stderr } = await replicate(['--topics', `\\.${schema}\\.t$`, '--group-id', schema], env);
    expect({ code, stderr }).toEndWith(0);
    const letters = await onDatabase(target.url, 'select code, reason from sluice.dead_letter');
    expect(letters).toEqual([]);
    const rows = `select id::integer, list::text, tags::text, b::text, pair::text, at::text from ${schema}.t`;
    const row = { id: 1, list: '{1,NULL}', tags: '{"x y"}', b: '\\xff', pair: '(1)' };
    expect(await onDatabase(target.url, rows)).toEqual([
      { ...row, at: whose === 'the source' ? '1970-01-01 00:00:00.001' : null },
    ]);
  },
);

test.skipIf(inject('kafka') === null)('a Kafka Connect that does not answer is no success: 5', async () => {
  await using source = await freshDatabase('source');
  await using target = await freshDatabase('target');
  const schema = `s${randomUUID().slice(0, 8)}`;
  await using topic = await freshTopic(1, 'cdc', bootstrap(), `.${schema}.t`);
  const ddl = `create schema ${schema}; create table ${schema}.t (id bigint primary key)`;
  for (const { url } of [source, target]) await onDatabase(url, ddl);
  const at = { schema, table: 't', lsn: 5, sequence: '["4","5"]', snapshot: 'false', ts_ms: 1 };
  const value = JSON.stringify({ before: null, after: { id: 1 }, source: at, op: 'c', ts_ms: 1 });
  const producer = kafkaClient().producer();
  await producer.connect();
  await producer
    .send({ topic: topic.name, messages: [{ key: '{"id":1}', value }] })
    .finally(() => producer.disconnect());
  const env = {
    KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
    KAFKA_CONNECT_URL: 'http://127.0.0.1:1',
    SOURCE_URL: source.url,
    TARGET_URL: target.url,
  };
  const { code, stderr } = await replicate(['--topics', `\\.${schema}\\.t$`, '--group-id', schema], env);
  expect({ code, stderr }).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('Kafka Connect at 127.0.0.1:1 does not say whether tables are captured'),
  });
  expect(await onDatabase(target.url, `select id::integer from ${schema}.t`)).toEqual([{ id: 1 }]);
});

test.skipIf(inject('kafka') === null)(
  'a replica that has caught up ends with exit 3 while it has parked records, also from earlier runs',
  async () => {
    await using target = await freshDatabase('target');
    const schema = `s${randomUUID().slice(0, 8)}`;
    await using topic = await freshTopic(1, 'cdc', bootstrap(), `.${schema}.t`);
    await onDatabase(target.url, `create schema ${schema}; create table ${schema}.t (id bigint primary key)`);
    const message = (id: number | string, lsn: number) => {
      const source = { schema, table: 't', lsn, sequence: `["4","${lsn}"]`, snapshot: 'false', ts_ms: 1 };
      const value = JSON.stringify({ before: null, after: { id }, source, op: 'c', ts_ms: 1 });
      return { key: JSON.stringify({ id }), value };
    };
    await send(topic.name, [message(1, 5), { key: 'x', value: 'not JSON' }]);
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), TARGET_URL: target.url };
    const args = ['--topics', `\\.${schema}\\.t$`, '--group-id', schema];
    const lacks =
      /WARN.*the replica lacks data: 1 table: 2 read = 1 applied \+ 0 superseded \+ 0 filtered \+ 1 parked; no row is held back; .*\n.*rows are missing or out of date: 1 record is parked: (\w+).*\[records_parked\]\n.*sluice sql --target-db/;
    for (const more of [[], [], ['--fail-on-parked']]) {
      const { code, stderr } = await replicate([...args, ...more], env);
      expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(lacks) });
      expect(stderr).not.toContain('INFO caught up');
    }
    expect(await onDatabase(target.url, `select id::integer from ${schema}.t`)).toEqual([{ id: 1 }]);
  },
);
