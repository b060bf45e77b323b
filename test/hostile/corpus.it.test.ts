/**
 * Sends every kind of the corpus through one run of the real command, and then checks each record: no record that a
 * topic can hold stops the pipeline, stalls it or is altered (rules 2, 18 and 20).
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeServers, type FreshDatabase, type FreshTopic, freshDatabase } from '../context.ts';
import { headersOf } from '../headers-of.ts';
import { type Finished, sluice } from '../sluice.ts';
import { corpus, type Kind, type Row, soundDraft, soundRow } from './corpus.ts';
import { type HostileRecord, produceHostile, unlimitedTopic } from './produce.ts';
import { type DeadLetter, differences, originOf, readDeadLetters, readRows, sameBytes } from './read-back.ts';

const partitions = 4;

/** A sent kind, and the row of its valid event. */
type Sent = HostileRecord & { readonly kind: Kind; readonly sound: Row };

const sent: readonly Sent[] = corpus.map((kind, index) => {
  const [id, sequence] = [BigInt(1_000_000 + index), BigInt(5_000 + index)];
  return {
    kind,
    sound: soundRow(id, sequence),
    partition: index % partitions,
    offset: String(Math.floor(index / partitions)),
    key: kind.key === undefined ? Buffer.from(String(id)) : kind.key,
    value: kind.value(soundDraft(id, sequence)),
    headers: kind.headers ?? [],
    timestamp: kind.timestamp,
  };
});

describeServers('a record that a topic can hold', () => {
  let database: FreshDatabase;
  let topic: FreshTopic;
  let client: pg.Client;
  let run: Finished;
  let status: Finished;
  let rows: ReadonlyMap<string, Row>;
  let deadLetters: ReadonlyMap<string, DeadLetter>;

  beforeAll(async () => {
    database = await freshDatabase('hostile');
    topic = await unlimitedTopic(partitions);
    await produceHostile(topic.name, sent);
    const { name, bootstrap } = topic;
    const servers = [
      '--bootstrap-servers',
      bootstrap,
      '--database-url',
      database.url,
      '--topic',
      name,
      '--group-id',
      name,
    ];
    // A run that stalls is killed after a minute.
    run = await sluice(['run', ...servers, '--breaker', 'off', '--until-caught-up', '--log-format', 'json']);
    status = await sluice(['status', ...servers, '--json']);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    rows = await readRows(client);
    deadLetters = await readDeadLetters(client, name);
  }, 120_000);

  afterAll(async () => {
    await client?.end();
    await topic?.[Symbol.asyncDispose]();
    await database?.[Symbol.asyncDispose]();
  });

  test('is one of at least 60 kinds here, each with a name of its own, a third of them applied', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    const applied = corpus.filter(({ outcome }) => typeof outcome === 'object' && 'row' in outcome);
    expect(applied.length).toBeGreaterThanOrEqual(corpus.length / 3);
  });

  test('neither stops nor stalls the pipeline, which is reported as unhealthy when most records are parked', () => {
    expect(run, run.stderr).toEndWith(0);
    expect(status.code, status.stdout + status.stderr).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'parked', lagRecords: 0 });
  });

  test.each(sent.map((record) => [record.kind.name, record] as const))('has the expected outcome: %s', (_, record) => {
    const { outcome } = record.kind;
    const deadLetter = deadLetters.get(originOf(record));
    if (outcome === 'filtered') {
      expect(deadLetter).toBeUndefined();
      expect(rows.has(String(record.sound.id))).toBe(false);
    } else if ('row' in outcome) {
      expect(deadLetter?.reason).toBeUndefined();
      const expected = { ...record.sound, ...outcome.row };
      expect(differences(rows.get(String(expected.id)), expected)).toEqual([]);
    } else {
      expect(deadLetter).toMatchObject({ stage: 'decode', code: outcome.parked, field: outcome.field });
      expect(deadLetter?.reason.length).toBeLessThan(200);
      if (outcome.field !== null) expect(deadLetter?.reason.startsWith(`${outcome.field}: `)).toBe(true);
      expect(rows.has(String(record.sound.id))).toBe(false);
    }
  });

  test('leaves no row and no dead letter without a record', () => {
    const kinds = sent.map(({ kind }) => kind.outcome);
    expect(rows.size).toBe(kinds.filter((outcome) => typeof outcome === 'object' && 'row' in outcome).length);
    expect(deadLetters.size).toBe(kinds.filter((outcome) => typeof outcome === 'object' && 'parked' in outcome).length);
  });

  test('is stored in its dead letter byte by byte: key, value and headers (rule 20)', () => {
    for (const record of sent) {
      const deadLetter = deadLetters.get(originOf(record));
      if (!deadLetter) continue;
      const whole = sameBytes(deadLetter.key, record.key) && sameBytes(deadLetter.value, record.value);
      expect(whole, `key and value of: ${record.kind.name}`).toBe(true);
      expect(headersOf(deadLetter.headers), `headers of: ${record.kind.name}`).toEqual(record.headers);
    }
  });

  test('is quoted in reasons without personal data', () => {
    for (const { code, reason } of deadLetters.values()) {
      if (code !== 'invalid_json' && code !== 'invalid_utf8' && code !== 'not_an_object') continue;
      expect(reason).not.toMatch(/Ada|Lovelace|James/);
    }
  });

  test('is counted: each partition has read all records, with the outcomes of their kinds', async () => {
    const counts = await client.query(
      `select partition, read::int, parked::int, filtered::int, (applied + superseded)::int as rest, next_offset
       from sluice.checkpoint order by partition`,
    );
    const expected = Array.from({ length: partitions }, (_, partition) => {
      const here = sent.filter((record) => record.partition === partition).map(({ kind }) => kind.outcome);
      const filtered = here.filter((outcome) => outcome === 'filtered').length;
      const parked = here.filter((outcome) => typeof outcome === 'object' && 'parked' in outcome).length;
      const rest = here.length - filtered - parked;
      return { partition, read: here.length, parked, filtered, rest, next_offset: String(here.length) };
    });
    expect(counts.rows).toEqual(expected);
  });
});
