import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, inject, test } from 'vitest';
import { partitionRanges } from '../adapters/kafka/topics/topic.ts';
import { highestSequence } from './highest-sequence.ts';
import { defaultOperations } from './operations.ts';
import type { Report } from './report.ts';
import { sampleElements } from './sample.ts';
import { simulate } from './simulate.ts';
import { type SimulateOptions, simulateDefaults } from './simulate-options.ts';

const bootstrap = inject('kafka');
const title = bootstrap === null ? `the simulator (${inject('serversMissing')})` : 'the simulator on real Kafka';
const sample = fileURLToPath(new URL('../data/sample_events.json', import.meta.url));

type Sent = { key: string | null; value: string; partition: number };

describe.skipIf(bootstrap === null)(title, () => {
  const kafka = new Kafka({
    clientId: 'simulate-test',
    brokers: (bootstrap ?? '').split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 8 },
  });

  const options = (topic: string, more: Partial<SimulateOptions> = {}): SimulateOptions => ({
    ...simulateDefaults,
    kafka,
    topic,
    source: { kind: 'replay', file: sample },
    interval: null,
    rate: null,
    ...more,
  });
  const invent = (count: number, seed: number | string = 1): SimulateOptions['source'] => ({
    kind: 'invent',
    count,
    seed,
    operations: defaultOperations,
  });

  /** Runs `work` with a new topic name, and deletes the topic afterwards. The first writer creates it. */
  async function onTopic(work: (topic: string) => Promise<void>): Promise<void> {
    const topic = `simulate-${randomUUID()}`;
    try {
      await work(topic);
    } finally {
      const admin = kafka.admin();
      await admin.connect();
      if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
    }
  }

  /** All records of the topic, by partition and offset. */
  async function readAll(topic: string): Promise<Sent[]> {
    const admin = kafka.admin();
    await admin.connect();
    const ends = new Map((await partitionRanges(admin, topic)).map(({ partition, high }) => [partition, Number(high)]));
    const found: Sent[][] = [...ends].map(() => []);
    const total = [...ends.values()].reduce((a, b) => a + b, 0);
    const groupId = `read-${randomUUID()}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let read = 0;
    await new Promise<void>((resolve, reject) => {
      if (total === 0) return resolve();
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            found[partition]?.push({
              key: message.key?.toString() ?? null,
              value: message.value?.toString() ?? '',
              partition,
            });
            read += 1;
            if (read === total) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
    await admin.disconnect();
    return found.flat();
  }

  async function send(topic: string, values: (string | null)[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
  }

  test('a replay sends every element of the file byte for byte', () =>
    onTopic(async (topic) => {
      const reports: Report[] = [];
      const summary = await simulate(options(topic, { compression: 'gzip' }), { report: (one) => reports.push(one) });
      const { elements, counts } = sampleElements();
      expect(summary).toMatchObject({ sent: counts.events, cycles: 1, topicCreated: true, stopped: false });
      // On a busy machine a progress report may appear.
      expect(reports.map(({ kind }) => kind).filter((kind) => kind !== 'progress')).toEqual([
        'topic-created',
        'own-sequences',
        'cycle-done',
      ]);
      const sent = await readAll(topic);
      expect(sent.map(({ value }) => value).sort()).toEqual([...elements].sort());
      expect(new Set(sent.map(({ partition }) => partition)).size).toBe(4);
      const john = sent.find(({ value }) => value === elements[0]);
      expect(john?.key).toBe('1');
      // A key has one partition, so its events keep the order of the file.
      for (const key of new Set(sent.map((one) => one.key))) {
        const own = sent.filter((one) => one.key === key);
        if (key === null) continue;
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
        const inFile = elements.filter((element) => own.some(({ value }) => value === element));
        expect(own.map(({ value }) => value)).toEqual(inFile);
      }
    }));

  test('the same seed sends the same bytes, another seed others', async () => {
    const runs: string[] = [];
    for (const seed of [7, 7, 8]) {
      await onTopic(async (topic) => {
        expect(await simulate(options(topic, { source: invent(3000, seed) }))).toMatchObject({ sent: 3000 });
        runs.push(JSON.stringify(await readAll(topic)));
      });
    }
    expect(runs[0] === runs[1]).toBe(true);
    expect(runs[0] === runs[2]).toBe(false);
  });

  test('the highest sequence number is exact to 2^63-1; a missing or empty topic has none', () =>
    onTopic(async (topic) => {
      expect(await highestSequence(kafka, topic)).toBeNull();
      await simulate(options(topic, { source: invent(0) }));
      expect(await highestSequence(kafka, topic)).toBeNull();
      await send(topic, ['{"id":1}', null, 'no json']);
      expect(await highestSequence(kafka, topic)).toBeNull();
      await send(topic, ['{"cdc_sequence":9007199254740993}', '{"cdc_sequence":9007199254740992}']);
      expect(await highestSequence(kafka, topic)).toBe(9007199254740993n);
      await send(topic, [`{"cdc_sequence":${2n ** 63n - 1n}}`, `{"cdc_sequence":${2n ** 63n}}`]);
      expect(await highestSequence(kafka, topic)).toBe(2n ** 63n - 1n);
      await expect(simulate(options(topic, { source: invent(1) }))).rejects.toThrow('no sequence number is left');
      const admin = kafka.admin();
      await admin.connect();
      const { groups } = await admin.listGroups();
      await admin.disconnect();
      expect(groups.filter(({ groupId }) => groupId.startsWith('sluice-simulate-scan-'))).toEqual([]);
    }));

  test('a log that ends in a transaction marker is scanned to its end', () =>
    onTopic(async (topic) => {
      await simulate(options(topic, { source: invent(0), partitions: 1 }));
      const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: '{"cdc_sequence":41}' }] });
      await transaction.commit();
      await producer.disconnect();
      // The broker writes the marker after its answer. Record and marker take two offsets.
      const admin = kafka.admin();
      await admin.connect();
      await expect.poll(async () => (await admin.fetchTopicOffsets(topic))[0]?.high, { timeout: 10_000 }).toBe('2');
      await admin.disconnect();
      expect(await highestSequence(kafka, topic, { stallMs: 10_000 })).toBe(41n);
    }));

  test('invented events start above the numbers in the topic, or at the given number', () =>
    onTopic(async (topic) => {
      await simulate(options(topic, { source: invent(0) }));
      await send(topic, ['{"cdc_sequence":500}']);
      await simulate(options(topic, { source: invent(10) }));
      await simulate(options(topic, { source: invent(10), startSequence: 1000n }));
      const numbers = (await readAll(topic)).map(({ value }) => Number(/"cdc_sequence":(\d+)/.exec(value)?.[1]));
      const run = (from: number) => Array.from({ length: 10 }, (_, i) => from + i);
      expect(numbers.sort((a, b) => a - b)).toEqual([500, ...run(501), ...run(1000)]);
    }));

  test('continuous cycles send the file unchanged once, then as new changes with higher numbers', () =>
    onTopic(async (topic) => {
      const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
      const file = join(folder, 'events.jsonl');
      const lines = [
        '{"id":1,"cdc_sequence":12,"cdc_timestamp":"2024-01-01T00:00:00Z","updated_at":"2024-01-01T00:00:00Z"}',
        'not json',
        '{"id":1,"cdc_sequence":10,"cdc_timestamp":"2024-01-01T00:00:01Z"}',
      ];
      await writeFile(file, lines.join('\n'));
      const stop = new AbortController();
      let cycles = 0;
      const report = ({ kind }: Report) => {
        if (kind === 'cycle-done') cycles += 1;
        if (cycles === 3) stop.abort();
      };
      const summary = await simulate(options(topic, { source: { kind: 'replay', file }, interval: 0, partitions: 1 }), {
        report,
        signal: stop.signal,
      });
      await rm(folder, { recursive: true });
      expect(summary).toMatchObject({ cycles: 3, sent: 9, stopped: true });
      const sent = (await readAll(topic)).map(({ value }) => value);
      expect(sent.slice(0, 3)).toEqual(lines);
      expect(sent.slice(3)).toEqual([
        '{"id":1,"cdc_sequence":15,"cdc_timestamp":"2024-01-02T00:00:00Z","updated_at":"2024-01-02T00:00:00Z"}',
        'not json',
        '{"id":1,"cdc_sequence":13,"cdc_timestamp":"2024-01-02T00:00:01Z"}',
        '{"id":1,"cdc_sequence":18,"cdc_timestamp":"2024-01-03T00:00:00Z","updated_at":"2024-01-03T00:00:00Z"}',
        'not json',
        '{"id":1,"cdc_sequence":16,"cdc_timestamp":"2024-01-03T00:00:01Z"}',
      ]);
    }));

  test('a stop in the middle returns, and everything reported as sent is in the topic', () =>
    onTopic(async (topic) => {
      const stop = new AbortController();
      const report = ({ kind }: Report) => {
        if (kind === 'progress') stop.abort();
      };
      const summary = await simulate(
        options(topic, { source: { kind: 'invent', count: null, seed: 1, operations: defaultOperations }, rate: 2000 }),
        { report, signal: stop.signal },
      );
      expect(summary.stopped).toBe(true);
      expect(summary.sent).toBeGreaterThan(500);
      expect(summary.sent).toBeLessThan(3000);
      expect((await readAll(topic)).length).toBe(summary.sent);
    }));

  test('wrong options and files are rejected before anything is connected', async () => {
    const nowhere = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });
    const attempt = (more: Partial<SimulateOptions>) => simulate(options('t', { kafka: nowhere, ...more }));
    await expect(attempt({ rate: 0 })).rejects.toThrow('rate must be');
    await expect(attempt({ batchSize: 0 })).rejects.toThrow('batch size must be');
    await expect(attempt({ startSequence: 2n ** 63n })).rejects.toThrow('does not fit 64 bits');
    await expect(attempt({ source: { kind: 'replay', file: '/nowhere/x.json' } })).rejects.toThrow(
      'there is no file /nowhere/x.json',
    );
    await expect(attempt({ source: { kind: 'replay', file: tmpdir() } })).rejects.toThrow('is a folder');
  });
});
