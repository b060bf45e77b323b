/**
 * Sends more than 10,000 generated hostile records through the real command: none stops it, all are counted, and
 * the valid events between them are applied exactly. With the circuit breaker, the same topic ends the run without loss.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeServers, type FreshDatabase, type FreshTopic, freshDatabase } from '../context.ts';
import { type Finished, sluice } from '../sluice.ts';
import { hostileTopic } from './generator.ts';
import { produceHostile, unlimitedTopic } from './produce.ts';
import { differences, originOf, readDeadLetters, readRows, sameBytes } from './read-back.ts';

const partitions = 4;
const { records, soundRows } = hostileTopic(20_240_115, 12_000, partitions);

type Sums = { readonly read: number; readonly accounted: number; readonly parked: number; readonly filtered: number };

describeServers('12,000 hostile records', () => {
  let database: FreshDatabase;
  let topic: FreshTopic;
  let client: pg.Client;

  beforeAll(async () => {
    database = await freshDatabase('hostile');
    topic = await unlimitedTopic(partitions);
    await produceHostile(topic.name, records);
    client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
  }, 60_000);

  afterAll(async () => {
    await client?.end();
    await topic?.[Symbol.asyncDispose]();
    await database?.[Symbol.asyncDispose]();
  });

  const run = (group: string, ...more: string[]): Promise<Finished> => {
    const servers = ['--bootstrap-servers', topic.bootstrap, '--database-url', database.url, '--topic', topic.name];
    return sluice([
      'run',
      ...servers,
      '--group-id',
      groupId(group),
      '--until-caught-up',
      '--log-format',
      'json',
      ...more,
    ]);
  };
  const groupId = (group: string): string => `${topic.name}-${group}`;

  async function sums(group: string): Promise<Sums | undefined> {
    const { rows } = await client.query<Sums>(
      `select sum(read)::int as read, sum(applied + superseded + filtered + parked)::int as accounted,
              sum(parked)::int as parked, sum(filtered)::int as filtered
       from sluice.checkpoint where pipeline = $1`,
      [groupId(group)],
    );
    return rows[0];
  }

  /** Every record is counted once, and every parked record is stored byte by byte. */
  async function expectNothingLost(group: string): Promise<void> {
    const deadLetters = await readDeadLetters(client, groupId(group));
    const counts = await sums(group);
    expect(counts).toMatchObject({ read: records.length, accounted: records.length, parked: deadLetters.size });
    expect(counts?.filtered).toBe(records.filter(({ value }) => value === null).length);
    const sent = new Map(records.map((record) => [originOf(record), record]));
    const altered = [...deadLetters.values()].filter(({ origin, key, value }) => {
      const record = sent.get(origin);
      return !record || !sameBytes(key, record.key) || !sameBytes(value, record.value);
    });
    expect(altered.map(({ origin }) => origin)).toEqual([]);
  }

  test('pass through one run: none stops it, the record counts balance, valid events are applied exactly (rules 2, 18, 20)', async () => {
    const { code, stderr } = await run('all', '--breaker', 'off');
    expect(code, stderr.slice(-2_000)).toBe(0);
    await expectNothingLost('all');
    const rows = await readRows(client);
    expect(soundRows.size).toBeGreaterThan(1_000);
    for (const [id, row] of soundRows) expect(differences(rows.get(id), row), `id ${id}`).toEqual([]);
  });

  test('trip the breaker, which reports it and loses nothing, and the next run without it finishes', async () => {
    const tripped = await run('breaker');
    expect(tripped.code, tripped.stderr.slice(-2_000)).toBe(3);
    expect(tripped.stderr).toMatch(/\d+% of the last \d+ records were parked/);
    const before = await sums('breaker');
    expect(before?.read).toBeGreaterThanOrEqual(500);
    expect(before?.accounted).toBe(before?.read);

    const { code, stderr } = await run('breaker', '--breaker', 'off');
    expect(code, stderr.slice(-2_000)).toBe(0);
    await expectNothingLost('breaker');
  });
});
