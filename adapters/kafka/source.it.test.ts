/** Proves on real Kafka that the source loses, doubles and skips nothing, says so when Kafka did, and holds little. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { type Admin, CompressionTypes, Kafka, logLevel, type Message } from 'kafkajs';
import { expect, test } from 'vitest';
import type { Batch } from '../../pipeline/batch.ts';
import type { Change } from '../../pipeline/change.ts';
import { enrichmentGraph } from '../../pipeline/graph.ts';
import type { Logger, Sink } from '../../pipeline/ports.ts';
import { nothingNoticed } from '../../pipeline/progress.ts';
import { runGraph } from '../../pipeline/runner.ts';
import { Window } from '../../pipeline/window.ts';
import { bootstrap, describeServers, freshTopic, kafkaClient } from '../../test/context.ts';
import { sluice, until } from '../../test/sluice.ts';
import { freshTarget, type Target } from '../../test/target.ts';
import { postgresClaims } from '../postgres/claims.ts';
import { oldestNotDurable } from './lag.ts';
import { KafkaSource } from './source.ts';
import { partitionRanges } from './topic.ts';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** One process of `sluice run`, in this one. */
type Worker = AsyncDisposable & {
  readonly source: KafkaSource;
  readonly window: Window;
  /** Resolves when it has stopped; rejects with what ended it. */
  readonly done: Promise<void>;
  readonly stop: () => Promise<void>;
};

type WorkerOptions = {
  readonly kafka?: Kafka;
  readonly window?: Window;
  readonly sink?: Sink;
  readonly from?: 'earliest' | 'latest';
};

/** A sink that lets a transaction through only when it is told to. */
class HeldSink implements Sink {
  readonly #inner: Sink;
  #open: Promise<void>;
  #release: () => void = () => {};
  readonly groups: (readonly Batch<Change>[])[] = [];

  constructor(inner: Sink) {
    this.#inner = inner;
    this.#open = new Promise((resolve) => (this.#release = resolve));
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

async function startWorker(target: Target, topic: string, options: WorkerOptions = {}): Promise<Worker> {
  const kafka = options.kafka ?? kafkaClient();
  const admin = kafka.admin();
  await admin.connect();
  const window = options.window ?? new Window(1 << 20);
  const claims = postgresClaims(target.database, 'p', 'sequence');
  const from = options.from ?? 'earliest';
  // Rebalances are waited for; a second between heartbeats is the least Kafka's defaults allow to go unnoticed.
  const consumer = { heartbeatInterval: 300, maxWaitTimeInMs: 100, rebalanceTimeout: 6_000 };
  const source = new KafkaSource({
    kafka,
    admin,
    groupId: topic,
    topic,
    from,
    claims,
    window,
    logger: silent,
    consumer,
  });
  const sink = options.sink ?? target.sink();
  const graph = enrichmentGraph({
    source,
    sink,
    logger: silent,
    lanes: 2,
    transactionRecords: 10_000,
    enrichments: [],
    orderBy: 'sequence',
    onTooLong: 'park',
    breaker: null,
    noticed: nothingNoticed(),
  });
  const stopped = new AbortController();
  const done = runGraph({ graph, source, sink, stop: stopped.signal, onCommitted: () => {} }).finally(() =>
    admin.disconnect(),
  );
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

/** Nothing would fit if somebody waits in front. */
const waitsForCredit = (window: Window): boolean => !window.tryReserve(0);

/** Events of users `first` to `first + count - 1`, one each. */
const events = (first: number, count: number, more: object = {}): Message[] =>
  Array.from({ length: count }, (_, i) => ({
    key: String(first + i),
    value: JSON.stringify({ id: first + i, cdc_operation: 'INSERT', cdc_sequence: first + i, ...more }),
  }));

async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function produce(topic: string, messages: Message[], partition?: number): Promise<void> {
  const producer = kafkaClient().producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const placed = partition === undefined ? messages : messages.map((message) => ({ ...message, partition }));
  await producer.send({ topic, messages: placed, compression: CompressionTypes.None });
  await producer.disconnect();
}

/** One transaction, with what is done before it ends. */
async function transaction(
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

const checkpointOf = async (target: Target, partition = 0): Promise<number> => {
  const [row] = await target.rows('select next_offset::int as next from sluice.checkpoint where partition = $1', [
    partition,
  ]);
  return Number(row?.next ?? -1);
};

const durableUpTo = (target: Target, offset: number, worker: Worker): Promise<void> =>
  Promise.race([
    until(async () => (await checkpointOf(target)) >= offset, `the checkpoint reaches ${offset}`),
    worker.done.then(() => Promise.reject(new Error('the worker ended'))),
  ]);

const logEnd = async (topic: string, partition = 0): Promise<number> =>
  Number((await withAdmin((admin) => partitionRanges(admin, topic)))[partition]?.high);

const ids = async (target: Target): Promise<number[]> =>
  (await target.rows('select id::int from users_enriched order by id')).map(({ id }) => Number(id));

const numbers = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describeServers('the Kafka source', () => {
  test('passes control records and aborted transactions, also at the end of the log', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await transaction(topic.name, events(0, 5), 'commit');
    await transaction(topic.name, events(100, 5), 'abort');
    await using worker = await startWorker(target, topic.name);
    // The broker writes the markers after it has answered the producer.
    const end = 12;
    await until(async () => (await logEnd(topic.name)) === end, 'the last marker is in the log');
    await durableUpTo(target, end, worker);

    await transaction(topic.name, events(200, 3), 'abort');
    await durableUpTo(target, end + 4, worker);
    await produce(topic.name, events(5, 1));
    await durableUpTo(target, end + 5, worker);
    expect(await ids(target)).toEqual(numbers(0, 6));
    expect(await target.rows('select read::int, applied::int from sluice.checkpoint')).toEqual([
      { read: 6, applied: 6 },
    ]);
  });

  test('waits before an open transaction and goes on when it commits', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 3));
    await using worker = await startWorker(target, topic.name);
    await durableUpTo(target, 3, worker);
    await transaction(topic.name, events(3, 3), 'commit', async () => {
      await produce(topic.name, events(6, 3));
      await until(async () => worker.source.quiet, 'fetches bring nothing');
      expect(await checkpointOf(target)).toBe(3);
    });
    await durableUpTo(target, 10, worker);
    expect(await ids(target)).toEqual(numbers(0, 9));
  });

  test('sluice run --until-caught-up ends where the log ends in aborted transactions', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 3));
    await transaction(topic.name, events(100, 5), 'abort');
    await until(async () => (await logEnd(topic.name)) === 9, 'the marker is in the log');
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: target.url, KAFKA_TOPIC: topic.name };
    const { code, stderr } = await sluice(['run', '--until-caught-up'], { env, limit: 30_000 });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await checkpointOf(target)).toBe(9);
  });

  test('with --from latest reads what comes after its first start only', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name, { from: 'latest' });
      await until(async () => (await checkpointOf(target)) === 5, 'the first start is at the end');
      await worker.stop();
    }
    await produce(topic.name, events(5, 2));
    await using worker = await startWorker(target, topic.name, { from: 'latest' });
    await durableUpTo(target, 7, worker);
    expect(await ids(target)).toEqual([5, 6]);
  });

  test('holds no more than its window and one batch while the sink does not answer', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(2);
    const size = 256 * 1024;
    const chunk = events(0, 200, { address: 'x'.repeat(1000) });
    for (const partition of [0, 1]) for (let i = 0; i < 10; i += 1) await produce(topic.name, chunk, partition);
    const window = new Window(size);
    const sink = new HeldSink(target.sink());
    await using worker = await startWorker(target, topic.name, { window, sink });
    let most = 0;
    await until(async () => sink.groups.length > 0, 'the sink is asked');
    // The source has asked for credit it does not get: the most it will ever hold.
    await until(async () => waitsForCredit(window) && worker.source.positions().length === 2, 'credit is short');
    const largest = Math.max(...sink.groups.flat().map(({ bytes }) => bytes));
    const sample = Date.now() + 1_000;
    await until(async () => {
      most = Math.max(most, window.held);
      return Date.now() > sample;
    }, 'a second has passed');
    expect(most).toBeLessThanOrEqual(Math.max(size, largest));
    sink.release();
    await until(
      async () => (await checkpointOf(target, 0)) + (await checkpointOf(target, 1)) === 4000,
      'all is durable',
    );
    expect(window.held).toBe(0);
  });
});

describeServers('a Kafka that stops answering', () => {
  test('does not hold up the end of the process', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    let frozen = false;
    const kafka = new Kafka({
      brokers: bootstrap().split(','),
      logLevel: logLevel.NOTHING,
      // Bytes are taken and lead nowhere, as with a cable pulled.
      socketFactory: ({ host, port, onConnect }) => {
        const socket = connect({ host, port }, onConnect);
        const write = socket.write.bind(socket);
        socket.write = ((...args: Parameters<typeof write>) => (frozen ? true : write(...args))) as typeof write;
        return socket;
      },
    });
    await produce(topic.name, events(0, 3));
    await using worker = await startWorker(target, topic.name, { kafka });
    await durableUpTo(target, 3, worker);
    frozen = true;
    const since = Date.now();
    worker.source.stop();
    await worker.source.close();
    expect(Date.now() - since).toBeLessThan(8_000);
  });
});

describeServers('a position that Kafka no longer has', () => {
  test('is an error at the start, not a jump', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    await produce(topic.name, events(5, 5));
    await deleteUpTo(topic.name, 7);
    await using worker = await startWorker(target, topic.name);
    await expect(worker.done).rejects.toMatchObject({
      code: 'lost_position',
      message: expect.stringContaining('from 5 to 7'),
    });
    expect(await checkpointOf(target)).toBe(5);
  });

  test.each([
    ['and records follow', 3],
    ['and nothing follows', 0],
  ])('is an error while running %s, not a jump', async (_, following) => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    const window = new Window(10_000);
    const sink = new HeldSink(target.sink());
    await produce(topic.name, events(0, 5));
    await using worker = await startWorker(target, topic.name, { window, sink });
    await until(async () => sink.groups.length > 0, 'the first batch is on its way');
    // The second batch waits for credit, so the third is not fetched when retention takes it.
    const address = 'x'.repeat(8_000);
    await produce(topic.name, events(5, 1, { address }));
    await until(async () => waitsForCredit(window), 'the second batch waits for credit');
    await produce(topic.name, events(6, 2));
    await deleteUpTo(topic.name, 8);
    sink.release();
    if (following > 0) await produce(topic.name, events(8, following));
    await expect(worker.done).rejects.toMatchObject({ code: 'lost_position' });
    expect(await checkpointOf(target)).toBeLessThanOrEqual(6);
  });

  test('because the topic was made anew is an error at the start', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    await recreate(topic.name);
    await produce(topic.name, events(50, 2));
    await using worker = await startWorker(target, topic.name);
    await expect(worker.done).rejects.toMatchObject({
      code: 'lost_position',
      message: expect.stringContaining('the log ends at 2'),
    });
  });

  test('because the topic was made anew is an error while running', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    await using worker = await startWorker(target, topic.name);
    await durableUpTo(target, 5, worker);
    await recreate(topic.name);
    await produce(topic.name, events(50, 2));
    await expect(worker.done).rejects.toMatchObject({ code: 'lost_position' });
    expect(await checkpointOf(target)).toBe(5);
  });

  test('because the topic was made anew, and is longer by now, is noticed by the last durable record', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    await recreate(topic.name);
    await produce(topic.name, events(50, 20));
    await using worker = await startWorker(target, topic.name);
    await expect(worker.done).rejects.toMatchObject({ code: 'lost_position' });
    expect(await checkpointOf(target)).toBe(5);
  });
});

describeServers('a start', () => {
  test.each(['commit', 'abort'] as const)(
    'behind a transaction that ended in %s goes on without a gap',
    async (end) => {
      await using target = await freshTarget();
      await using topic = await freshTopic();
      await produce(topic.name, events(0, 2));
      await transaction(topic.name, events(2, 3), end);
      {
        await using worker = await startWorker(target, topic.name);
        await durableUpTo(target, 6, worker);
        await worker.stop();
      }
      await produce(topic.name, events(5, 3));
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 9, worker);
      expect(await ids(target)).toEqual(end === 'commit' ? numbers(0, 8) : [0, 1, 5, 6, 7]);
    },
  );
});

describeServers('members of one group', () => {
  test('come and go, and every record is applied once', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(4);
    const total = 6_000;
    let sent = 0;
    const send = async (count: number) => {
      await produce(topic.name, events(sent, count));
      sent += count;
    };
    const read = async (): Promise<number> =>
      Number((await target.rows('select coalesce(sum(read), 0)::int as read from sluice.checkpoint'))[0]?.read);
    await send(1_000);
    await using first = await startWorker(target, topic.name, { window: new Window(200_000) });
    await until(async () => (await read()) > 0, 'the first member reads');
    await send(1_000);
    {
      await using second = await startWorker(target, topic.name, { window: new Window(200_000) });
      await send(1_000);
      await until(async () => second.source.positions().length === 2, 'the second member owns its half');
      await send(1_000);
      await until(async () => (await read()) >= 3_000, 'both read');
      await send(1_000);
      await second.stop();
    }
    await send(1_000);
    await until(async () => first.source.positions().length === 4, 'the first member owns all again');
    await until(async () => (await read()) >= total, 'all is read');
    await first.stop();
    expect(await ids(target)).toEqual(numbers(0, total));
    expect(
      await target.rows(
        'select sum(read)::int as read, sum(applied)::int as applied, sum(superseded)::int as superseded from sluice.checkpoint',
      ),
    ).toEqual([{ read: total, applied: total, superseded: 0 }]);
  });

  test.each([
    [0, 1],
    [1, 0],
  ])(
    'a partition taken over and given back is read again from its checkpoint, past no unwritten record (%i, %i)',
    async (data, control) => {
      await using target = await freshTarget();
      await using topic = await freshTopic(2);
      const window = new Window(100_000);
      const sink = new HeldSink(target.sink());
      const address = 'x'.repeat(20_000);
      await using worker = await startWorker(target, topic.name, { window, sink });
      await until(async () => worker.source.positions().length === 2, 'both partitions are owned');
      await produce(topic.name, events(0, 10), control);
      await until(async () => sink.groups.length === 1, 'records are on their way');

      // The other partition waits for credit, so that what is produced now comes with one fetch: a record of it, and what was aborted.
      const never = new AbortController().signal;
      const before = window.held;
      expect(window.tryReserve(100_000 - before)).toBe(true);
      await produce(topic.name, events(100, 1, { address }), data);
      await until(async () => waitsForCredit(window), 'the other partition waits for credit');
      const blocked = window.reserve(100_000 - before - 30_000, never);
      await transaction(
        topic.name,
        events(200, 4).map((message) => ({ ...message, partition: control })),
        'abort',
      );
      await produce(topic.name, events(101, 1, { address: address.repeat(3) }), data);
      await until(async () => (await logEnd(topic.name, control)) === 15, 'the transaction has ended');
      window.release(100_000 - before);
      await blocked;
      await until(async () => waitsForCredit(window), 'the other partition waits for credit again');

      // Somebody else takes the first partition and does nothing with it; the worker is fenced and claims it again.
      const [owner] = await target.rows(
        'update sluice.checkpoint set owner_epoch = owner_epoch + 1 where partition = $1 returning owner_epoch::int as epoch',
        [control],
      );
      sink.release();
      await until(async () => {
        const [row] = await target.rows(
          'select owner_epoch::int as epoch from sluice.checkpoint where partition = $1',
          [control],
        );
        return Number(row?.epoch) > Number(owner?.epoch) && worker.source.positions().length === 2;
      }, 'it is claimed again');
      window.release(100_000 - before - 30_000);
      await until(
        async () => (await checkpointOf(target, data)) === 2 && (await checkpointOf(target, control)) >= 10,
        'all is durable',
      );
      expect(await ids(target)).toEqual([...numbers(0, 10), 100, 101]);
    },
  );
});

describeServers('the oldest record that is not durable', () => {
  test('is found by its timestamp over all partitions, and none is null', async () => {
    await using topic = await freshTopic(3);
    const base = Date.now() - 3_600_000;
    const at = (...seconds: number[]) =>
      seconds.map((second) => ({ value: 'x', timestamp: String(base + second * 1000) }));
    await produce(topic.name, at(10, 20, 30), 0);
    await produce(topic.name, at(5, 25), 1);
    const oldest = (next: readonly number[], now = Date.now()) =>
      withAdmin(async (admin) => {
        const ranges = await partitionRanges(admin, topic.name);
        const positions = ranges.map(({ partition, high }) => ({
          partition,
          nextOffset: BigInt(next[partition] ?? 0),
          logEnd: high,
        }));
        return await oldestNotDurable(admin, topic.name, positions, now);
      });
    expect(await oldest([0, 0, 0])).toBe(base + 5_000);
    expect(await oldest([0, 1, 0])).toBe(base + 10_000);
    expect(await oldest([2, 1, 0])).toBe(base + 25_000);
    expect(await oldest([2, 2, 0])).toBe(base + 30_000);
    expect(await oldest([3, 2, 0])).toBeNull();
    // A clock behind the producer's never makes the lag negative.
    expect(await oldest([2, 2, 0], base)).toBe(base);
  });
});

async function deleteUpTo(topic: string, offset: number): Promise<void> {
  await withAdmin(async (admin) => {
    // kafkajs deletes only from topics whose metadata it has loaded.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  });
}

async function recreate(topic: string): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [topic], timeout: 10_000 });
    await until(async () => {
      if ((await admin.listTopics()).includes(topic)) return false;
      return await admin
        .createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] })
        .catch(() => false);
    }, 'the topic is made anew');
  });
}
