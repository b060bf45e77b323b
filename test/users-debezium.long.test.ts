/**
 * A users table captured by Debezium goes through the enrichment, with the real command on real Kafka and PostgreSQL. The
 * messages were recorded from a real Debezium (`fixtures/debezium/users.jsonl`).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from 'kafkajs';
import pg from 'pg';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic, kafkaClient } from './context.ts';
import { sluice } from './sluice.ts';
import { debeziumMessage, type UsersChange } from './users-topic.ts';

type Line = { readonly topic: string; readonly key: string | null; readonly value: string | null };

const recorded: readonly Message[] = readFileSync(join(import.meta.dirname, 'fixtures/debezium/users.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Line)
  .filter(({ topic }) => topic === 'cdc.public.users')
  .map(({ key, value }) => ({ key, value, partition: 0 }));

async function produce(topic: string, messages: readonly Message[]): Promise<void> {
  const producer = kafkaClient().producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await producer.send({ topic, messages: [...messages] }).finally(() => producer.disconnect());
}

type Scene = AsyncDisposable & {
  readonly topic: string;
  readonly rows: (sql: string) => Promise<Record<string, unknown>[]>;
  readonly run: (...flags: string[]) => Promise<{ code: number | null; stderr: string }>;
};

async function scene(partitions = 1): Promise<Scene> {
  const database = await freshDatabase('users');
  const topic = await freshTopic(partitions);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: database.url, KAFKA_TOPIC: topic.name };
  return {
    topic: topic.name,
    rows: async (sql) => (await client.query(sql)).rows,
    run: (...flags) => sluice(['run', '--format', 'debezium', '--until-caught-up', ...flags], { env }),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await topic[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const table = `select id::text, email, last_name, country, length(address) as address, created_at::text, updated_at::text,
  cdc_operation, email_domain, full_name, inferred_country, source_generation, source_major::text
  from users_enriched order by id`;
const whole = `select md5(string_agg(u::text, E'\\n' order by id)) as sum from users_enriched u`;
const counts = (pipeline: string) =>
  `select read::int, applied::int, superseded::int, filtered::int, parked::int, generation, streamed
   from sluice.checkpoint where pipeline = '${pipeline}' and read > 0`;

const streamed = { source_generation: 0, source_major: expect.stringMatching(/^\d{8,}$/) };

describeServers('a users table captured by Debezium', () => {
  test('has its rows enriched as at the source, and records that no user event can represent are parked (rule 11)', async () => {
    await using s = await scene();
    await produce(s.topic, recorded);
    expect(await s.run()).toEndWith(0);
    const rows = await s.rows(table);
    expect(rows).toMatchObject([
      {
        id: '1',
        email: 'ann@example.com',
        country: 'Norway',
        created_at: '2024-01-15 10:30:00.123456',
        updated_at: '2024-03-01 00:00:00.000001',
        cdc_operation: 'UPDATE',
        email_domain: 'example.com',
        ...streamed,
      },
      // Deleted while the source sent only keys: no value that Debezium invented.
      { id: '2', email: null, country: null, created_at: null, cdc_operation: 'DELETE', ...streamed },
      // Deleted while it sent whole rows.
      { id: '3', last_name: 'Younger', country: 'Canada', address: 5000, cdc_operation: 'DELETE', ...streamed },
      { id: '4', created_at: 'infinity', cdc_operation: 'INSERT', ...streamed },
      { id: '5', created_at: '2024-05-05 05:05:05.5', cdc_operation: 'INSERT', ...streamed },
    ]);
    expect(rows).toHaveLength(5);
    expect(await s.rows('select code, reason from sluice.dead_letter order by code')).toMatchObject([
      { code: 'not_carried', reason: expect.stringContaining('address') },
      { code: 'unknown_operation', reason: expect.stringContaining('TRUNCATE') },
    ]);
    const [account] = await s.rows(counts('sluice-users'));
    expect(account).toMatchObject({ read: 13, filtered: 2, parked: 2, generation: 0, streamed: true });
    expect(Number(account?.applied) + Number(account?.superseded)).toBe(9);
  });

  test('is unchanged by the same topic again, and by an older event after a newer one (rules 3 and 9)', async () => {
    await using s = await scene();
    await produce(s.topic, recorded);
    expect(await s.run()).toEndWith(0);
    const before = await s.rows(whole);
    expect(await s.run('--group-id', 'again')).toEndWith(0);
    expect(await s.rows(counts('again'))).toMatchObject([{ read: 13, applied: 0, superseded: 9 }]);
    // Streamed events only: rows of another snapshot would win, as they must.
    const older = recorded.filter(({ value }) => /"op":"[cu]"/.test(String(value)));
    expect(older.length).toBeGreaterThan(4);
    await produce(s.topic, older);
    expect(await s.run()).toEndWith(0);
    expect(await s.rows(counts('sluice-users'))).toMatchObject([{ read: 13 + older.length }]);
    expect(await s.rows(whole)).toEqual(before);
  });

  test.each(['without-schema', 'flattened'] as const)(
    'is enriched from %s messages over several workers',
    async (form) => {
      await using s = await scene(2);
      const message = (change: UsersChange): Message => {
        const id = BigInt(change.after?.id ?? change.before?.id ?? 0);
        return { ...debeziumMessage(form, change), partition: Number(id % 2n) };
      };
      const ids = Array.from({ length: 20 }, (_, i) => BigInt(i + 1));
      await produce(s.topic, [
        ...ids.map((id) =>
          message({ op: 'r', after: { id, email: `${id}@old.example`, country: 'Norway' }, lsn: 100n }),
        ),
        ...ids.map((id) =>
          message({ op: 'u', after: { id, email: `${id}@new.example`, country: 'Norway' }, lsn: 90n + id }),
        ),
        ...ids
          .slice(0, 5)
          .map((id) => message({ op: 'd', before: { id, email: `${id}@new.example` }, lsn: 200n + id })),
      ]);
      expect(await s.run('--parallelism', '2')).toEndWith(0);
      expect(await s.rows('select id::int, email, cdc_operation from users_enriched order by id')).toEqual(
        ids.map((id) => ({
          id: Number(id),
          email: `${id}@new.example`,
          cdc_operation: id <= 5n ? 'DELETE' : 'UPDATE',
        })),
      );
      expect(await s.rows('select sum(read)::int as read, sum(parked)::int as parked from sluice.checkpoint')).toEqual([
        { read: 45, parked: 0 },
      ]);
    },
  );

  test("refuses Debezium's messages if it was filled by flat events, and the other way round (rule 9)", async () => {
    await using s = await scene();
    expect(await s.run()).toEndWith(0);
    const mixed = await s.run('--format', 'flat');
    expect(mixed).toMatchObject({ code: 1, stderr: expect.stringContaining('--format debezium') });
    const wrong = await s.run('--order-by', 'sequence');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('ordered by lsn') });
  });
});
