/**
 * Logs with gaps: aborted transactions, markers, an open transaction at the end, and records that compaction removed. A
 * run counts and writes exactly the records that a reader of committed records sees (rule 4).
 */
import { randomUUID } from 'node:crypto';
import { type Admin, ConfigResourceTypes, type Message, type Producer } from 'kafkajs';
import { expect, test } from 'vitest';
import { describeServers, kafkaClient } from '../context.ts';
import { makeWorkload, type OracleRecord } from '../oracle/workload.ts';
import { sluice, start, until } from '../sluice.ts';
import { produce, type Scene, scene } from './scene.ts';

const partitions = 2;
const caughtUp = ['run', '--until-caught-up', '--breaker', 'off'];

/** Writes to a topic in transactions and outside of them, and tracks the offset of every record. */
class Writer implements AsyncDisposable {
  readonly #topic: string;
  readonly #admin: Admin = kafkaClient().admin();
  readonly #producers: Producer[] = [];
  readonly #end = Array.from({ length: partitions }, () => 0);
  #open = 0;
  /** The records that a reader of committed records sees, as far as it is decided. */
  readonly committed: OracleRecord[] = [];

  constructor(topic: string) {
    this.#topic = topic;
  }

  async #producer(transactionalId?: string): Promise<Producer> {
    const options = transactionalId === undefined ? {} : { transactionalId };
    const producer = kafkaClient().producer({ idempotent: true, maxInFlightRequests: 1, ...options });
    await producer.connect();
    this.#producers.push(producer);
    return producer;
  }

  /** Assigns offsets to records. */
  #place(records: readonly OracleRecord[]): OracleRecord[] {
    return records.map((record) => ({ ...record, offset: String(this.#append(record.partition)) }));
  }

  #append(partition: number): number {
    const offset = this.#end[partition] ?? 0;
    this.#end[partition] = offset + 1;
    return offset;
  }

  /** The end of each partition's log. */
  get ends(): readonly number[] {
    return this.#end;
  }

  async plain(records: readonly OracleRecord[]): Promise<void> {
    const placed = this.#place(records);
    const producer = await this.#producer();
    await producer.send({ topic: this.#topic, messages: messagesOf(placed) });
    this.committed.push(...placed);
  }

  /** Opens a transaction with these records; returns a function that ends it. */
  async open(records: readonly OracleRecord[]): Promise<(how: 'commit' | 'abort') => Promise<void>> {
    const producer = await this.#producer(randomUUID());
    const transaction = await producer.transaction();
    const placed = this.#place(records);
    await transaction.send({ topic: this.#topic, messages: messagesOf(placed) });
    this.#open += 1;
    return async (how) => {
      await transaction[how]();
      if (how === 'commit') this.committed.push(...placed);
      for (const partition of new Set(placed.map((record) => record.partition))) this.#append(partition);
      this.#open -= 1;
      // The end of the log behind an open transaction is not visible.
      if (this.#open === 0) await this.#markersWritten();
    };
  }

  /** Waits for the markers, which the broker writes after it has answered the producer. */
  async #markersWritten(): Promise<void> {
    const written = async () => {
      const ends = await this.#admin.fetchTopicOffsets(this.#topic);
      return ends.every(({ partition, high }) => Number(high) === this.#end[partition]);
    };
    await until(written, 'the markers are in the log');
  }

  async connect(): Promise<this> {
    await this.#admin.connect();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#admin, ...this.#producers].map((client) => client.disconnect()));
  }
}

const messagesOf = (records: readonly OracleRecord[]): Message[] =>
  records.map(({ partition, key, value }) => ({ partition, key, value }));

/** Events with such high sequences that no other event could replace them if one were let through. */
const neverApplied = (count: number): OracleRecord[] =>
  Array.from({ length: count }, (_, id) => ({
    partition: id % partitions,
    offset: '',
    key: Buffer.from(String(id)),
    value: Buffer.from(`{"id":${id},"cdc_operation":"INSERT","cdc_sequence":9000000000000000000}`),
    malformed: null,
  }));

/** One valid event in each partition. If the log ends with a record, the checkpoint ends directly after it. */
const oneEach = (id: number): OracleRecord[] =>
  Array.from({ length: partitions }, (_, partition) => ({
    partition,
    offset: '',
    key: Buffer.from(String(id + partition)),
    value: Buffer.from(`{"id":${id + partition},"cdc_operation":"INSERT","cdc_sequence":1}`),
    malformed: null,
  }));

async function runCatchesUp({ env }: Scene): Promise<void> {
  expect(await sluice(caughtUp, { env })).toEndWith(0);
}

describeServers('a log with holes', () => {
  test.concurrent('of aborted transactions: only committed records count, and an open transaction holds nothing up (rules 4 and 5)', async () => {
    await using it = await scene([], partitions);
    await using writer = await new Writer(it.topic).connect();
    const workload = makeWorkload({ seed: 81, count: 1_200, partitions });
    for (let from = 0; from < 1_000; from += 200) {
      await (await writer.open(workload.slice(from, from + 100)))('commit');
      await (await writer.open(neverApplied(10)))('abort');
      await writer.plain(workload.slice(from + 100, from + 200));
    }
    // Two overlapping transactions.
    const [first, second] = [await writer.open(neverApplied(6)), await writer.open(workload.slice(1_000, 1_100))];
    await first('abort');
    await second('commit');
    // Two transactions that are both aborted, the later one first: the broker lists them in the order of their ends.
    const [early, late] = [await writer.open(neverApplied(6)), await writer.open(neverApplied(8))];
    await late('abort');
    await early('abort');
    await writer.plain(oneEach(1_000_000));

    const open = await writer.open(workload.slice(1_100));
    await runCatchesUp(it);
    await it.expectOracle(writer.committed);

    await open('commit');
    await (await writer.open(neverApplied(4)))('abort');
    await writer.plain(oneEach(2_000_000));
    await runCatchesUp(it);
    await it.expectOracle(writer.committed);

    // If the log ends with invisible records, the checkpoint ends behind them, even in a run that sees nothing else.
    const running = start(['run'], { env: it.env });
    for (let round = 1; round <= 2; round += 1) {
      await (await writer.open(neverApplied(4)))('abort');
      await until(async () => {
        const rows = await it.rows('select next_offset::int as end from sluice.checkpoint order by partition');
        return rows.every(({ end }, partition) => end === writer.ends[partition]);
      }, 'the checkpoint passes the aborted records');
    }
    running.kill('SIGTERM');
    expect(await running.finished).toEndWith(0);
  });

  test.concurrent('of compaction, which also removed the last durable record: the run continues behind it (rules 4 and 16)', async () => {
    const workload = makeWorkload({ seed: 82, count: 2_000, ids: 300, partitions });
    const [before, after] = [workload.slice(0, 1_000), workload.slice(1_000)];
    await using it = await scene(before, partitions);
    await runCatchesUp(it);
    await produce(it.topic, after);
    const surviving = await compacted(it.topic, workload);
    const rollers = oneEach(1_000_000).map((record) => ({
      ...record,
      offset: String(countOf(workload, record.partition)),
    }));
    const lastRead = before.findLast(({ partition }) => partition === 0);
    expect(surviving).not.toContain(lastRead);

    await runCatchesUp(it);
    const read = after.filter((record) => surviving.includes(record));
    expect(read.length).toBeLessThan(after.length / 2);
    await it.expectOracle([...before, ...read, ...rollers]);
  });
});

const countOf = (records: readonly OracleRecord[], partition: number): number =>
  records.filter((record) => record.partition === partition).length;

/** Makes Kafka compact the topic, with one more record in each partition, and returns the surviving ones of `records`. */
async function compacted(topic: string, records: readonly OracleRecord[]): Promise<readonly OracleRecord[]> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    // A segment closes at the next record, and the cleaner cleans closed segments every 15 s.
    const settings = { 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.001' };
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
    await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  } finally {
    await admin.disconnect();
  }
  await produce(topic, oneEach(1_000_000));
  const newest = new Map(records.map((record) => [`${record.partition} ${record.key}`, record]));
  const surviving = records.filter((record) => newest.get(`${record.partition} ${record.key}`) === record);
  await until(async () => (await countRecords(topic)) === surviving.length + partitions, 'it is compacted', 60_000);
  return surviving;
}

/** Number of records in the topic. */
async function countRecords(topic: string): Promise<number> {
  const kafka = kafkaClient();
  const admin = kafka.admin();
  await admin.connect();
  const missing = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({
      batch,
    }: {
      batch: { partition: number; messages: object[]; lastOffset: () => string };
    }) => {
      count += batch.messages.length;
      if (BigInt(batch.lastOffset()) + 1n >= (missing.get(batch.partition) ?? 0n)) missing.delete(batch.partition);
      if (missing.size === 0) resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return count;
}
