/** Runs the pipeline of `sluice run` in this process, on real Kafka and PostgreSQL, and changes its topic. */

import { randomUUID } from 'node:crypto';
import { type Admin, CompressionTypes, type Consumer, type ConsumerConfig, type Kafka, type Message } from 'kafkajs';
import { tap } from 'rxjs';
import { repairKafkajs } from '../adapters/kafka/client/client.ts';
import { KafkaSource } from '../adapters/kafka/source/source.ts';
import { ensureTopic, partitionRanges } from '../adapters/kafka/topics/topic.ts';
import type { Topics } from '../adapters/kafka/topics/topics.ts';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import type { Batch } from '../pipeline/batch.ts';
import type { Change, RawRecord } from '../pipeline/change.ts';
import { enrichmentGraph } from '../pipeline/graph.ts';
import type { Claims, Logger, OnLostPosition, Sink } from '../pipeline/ports.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { runGraph } from '../pipeline/runner.ts';
import { Window } from '../pipeline/window.ts';
import { logEvents } from '../services/event-log.ts';
import { unheard } from './batches.ts';
import { kafkaClient } from './context.ts';
import { until } from './sluice.ts';
import type { Target } from './target.ts';
import { claimsOf } from './target.ts';

// As `kafkaClient` of the adapter does it: the source is given clients of the tests.
repairKafkajs();

export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** One process of `sluice run`, in this one. */
export type Worker = AsyncDisposable & {
  readonly source: KafkaSource;
  readonly window: Window;
  /** Resolves when it has stopped; rejects with its error. */
  readonly done: Promise<void>;
  readonly stop: () => Promise<void>;
};

export type WorkerOptions = {
  readonly kafka?: Kafka;
  readonly window?: Window;
  readonly sink?: Sink<Change>;
  readonly from?: 'earliest' | 'latest';
  readonly onLostPosition?: OnLostPosition;
  readonly logger?: Logger;
  readonly consumer?: Partial<ConsumerConfig>;
  /** Name of its group; default is the topic's name. */
  readonly groupId?: string;
  /** Called for every batch of the source. */
  readonly onTaken?: (batch: Batch<RawRecord>) => void;
  /** Wraps the checkpoints. */
  readonly around?: (claims: Claims) => Claims;
};

/** A sink that holds its transactions until it is released. */
export class HeldSink implements Sink<Change> {
  readonly server: string;
  readonly #inner: Sink<Change>;
  #open: Promise<void>;
  #release: () => void = () => {};
  readonly groups: (readonly Batch<Change>[])[] = [];

  constructor(inner: Sink<Change>) {
    this.#inner = inner;
    this.server = inner.server;
    this.#open = new Promise((resolve) => (this.#release = resolve));
  }

  diagnose(error: unknown) {
    return this.#inner.diagnose(error);
  }

  async write(lane: number, group: readonly Batch<Change>[]) {
    this.groups.push(group);
    await this.#open;
    return await this.#inner.write(lane, group);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  release(): void {
    this.#release();
  }
}

export async function startWorker(
  target: Target,
  topic: string | Topics,
  options: WorkerOptions = {},
): Promise<Worker> {
  const topics: Topics = typeof topic === 'string' ? { kind: 'one', topic } : topic;
  const kafka = options.kafka ?? kafkaClient();
  const window = options.window ?? new Window(1 << 20);
  const { from = 'earliest', onLostPosition = 'fail', logger = silent, around = (claims) => claims } = options;
  const claims = around(claimsOf(target.database, 'p', 'sequence', { logger }));
  // Tests wait for rebalances; with Kafka's defaults a lost heartbeat would be noticed only after seconds.
  const consumer = { heartbeatInterval: 300, maxWaitTimeInMs: 100, rebalanceTimeout: 6_000, ...options.consumer };
  const source = new KafkaSource({
    kafka,
    groupId: options.groupId ?? (topics.kind === 'one' ? topics.topic : topics.pattern.source),
    topics,
    from,
    onLostPosition,
    claims,
    window,
    logger,
    events: { emit: logEvents(logger) },
    consumer,
  });
  const sink = options.sink ?? target.sink();
  const batches = source.batches.bind(source);
  source.batches = () => batches().pipe(tap((batch) => options.onTaken?.(batch)));
  const graph = enrichmentGraph({
    source,
    sink,
    events: unheard,
    lanes: 2,
    transactionRecords: 10_000,
    enrichments: [],
    orderBy: 'sequence',
    onTooLong: 'park',
    breaker: null,
    rows: new CopyRows(),
    noticed: nothingNoticed(),
  });
  const stopped = new AbortController();
  const done = runGraph({ graph, source, sink, stop: stopped.signal, events: unheard });
  done.catch(() => undefined);
  const stop = async () => {
    stopped.abort();
    await done;
  };
  const dispose = async () => {
    if (sink instanceof HeldSink) sink.release();
    await stop().catch(() => undefined);
  };
  return { source, window, done, stop, [Symbol.asyncDispose]: dispose };
}

/** A logger that collects warnings. */
export function warnings(): {
  readonly logger: Logger;
  readonly lines: { fields: object; message: string; at: number }[];
} {
  const lines: { fields: object; message: string; at: number }[] = [];
  const warn = (fields: object, message: string) => void lines.push({ fields, message, at: Date.now() });
  return { lines, logger: { ...silent, warn } };
}

/** A client that passes each new consumer to `see`. */
export function observedClient(see: (consumer: Consumer) => void): Kafka {
  const kafka = kafkaClient();
  const make = kafka.consumer.bind(kafka);
  kafka.consumer = (config) => {
    const consumer = make(config);
    see(consumer);
    return consumer;
  };
  return kafka;
}

/** Is a reservation waiting? Then not even zero bytes fit. */
export const waitsForCredit = (window: Window): boolean => !window.tryReserve(0);

/** Events of users `first` to `first + count - 1`, one each. */
export const events = (first: number, count: number, more: object = {}): Message[] =>
  Array.from({ length: count }, (_, i) => ({
    key: String(first + i),
    value: JSON.stringify({ id: first + i, cdc_operation: 'INSERT', cdc_sequence: first + i, ...more }),
  }));

export async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function produce(topic: string, messages: Message[], partition?: number): Promise<void> {
  const producer = kafkaClient().producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const placed = partition === undefined ? messages : messages.map((message) => ({ ...message, partition }));
  await producer.send({ topic, messages: placed, compression: CompressionTypes.None });
  await producer.disconnect();
}

/** One transaction; `meanwhile` runs before it ends. */
export async function transaction(
  topic: string,
  messages: Message[],
  end: 'commit' | 'abort',
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const producer = kafkaClient().producer({ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const open = await producer.transaction();
  await open.send({ topic, messages });
  await meanwhile();
  await open[end]();
  await producer.disconnect();
}

export const checkpointOf = async (target: Target, partition = 0): Promise<number> => {
  const [row] = await target.rows('select next_offset::int as next from sluice.checkpoint where partition = $1', [
    partition,
  ]);
  return Number(row?.next ?? -1);
};

export const durableUpTo = (target: Target, offset: number, worker: Worker): Promise<void> =>
  Promise.race([
    until(async () => (await checkpointOf(target)) >= offset, `the checkpoint reaches ${offset}`),
    worker.done.then(() => Promise.reject(new Error('the worker ended'))),
  ]);

export const logEnd = async (topic: string, partition = 0): Promise<number> =>
  Number((await withAdmin((admin) => partitionRanges(admin, topic)))[partition]?.high);

export const ids = async (target: Target): Promise<number[]> =>
  (await target.rows('select id::int from users_enriched order by id')).map(({ id }) => Number(id));

export const numbers = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

export async function deleteUpTo(topic: string, offset: number): Promise<void> {
  await withAdmin(async (admin) => {
    // kafkajs deletes only from topics whose metadata it has loaded.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  });
}

export async function recreate(topic: string): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [topic], timeout: 10_000 });
    const exists = async () => (await admin.listTopics()).includes(topic);
    await until(async () => !(await exists()), 'the topic is gone');
    await ensureTopic(admin, topic, { partitions: 1 });
  });
}
