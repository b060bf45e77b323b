/** Proves on real Kafka that one member reads many topics, adds new ones and drops deleted ones (rule 27). */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Batch } from '../../../pipeline/batch.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Claims } from '../../../pipeline/ports.ts';
import { caughtUp } from '../../../services/reading/caught-up.ts';
import { describeServers, freshTopic, kafkaClient } from '../../../test/context.ts';
import { until } from '../../../test/sluice.ts';
import {
  events,
  HeldSink,
  ids,
  numbers,
  produce,
  silent,
  startWorker,
  type Worker,
  warnings,
  withAdmin,
} from '../../../test/source-worker.ts';
import { freshTarget, type Target } from '../../../test/target.ts';
import { expel } from '../group/expel.ts';
import { type Topics, topicRanges } from './topics.ts';

/** A pattern for one test, and a function that creates topics matching it. */
function family(every = 500) {
  const prefix = `many-${randomUUID().slice(0, 8)}`;
  const topics: Topics = { kind: 'matching', pattern: new RegExp(`^${prefix}`), every };
  return { prefix, topics, fresh: (partitions = 1) => freshTopic(partitions, prefix) };
}

const count = async (target: Target, what: 'read' | 'superseded', topic = '%'): Promise<number> => {
  const [row] = await target.rows(
    `select coalesce(sum(${what}), 0)::int as sum from sluice.checkpoint where topic like $1`,
    [topic],
  );
  return Number(row?.sum);
};

/** Waits until this number of records is durable, and fails at once when a worker ends. */
const readUpTo = (target: Target, records: number, ...workers: Worker[]): Promise<void> =>
  Promise.race([
    until(async () => (await count(target, 'read')) >= records, `${records} records are durable`, 60_000),
    ...workers.map(({ done }) => done.then(() => Promise.reject(new Error('the worker ended')))),
  ]);

/** Expects that the record of each number was read and applied exactly once. */
async function expectOnce(target: Target, all: readonly number[]): Promise<void> {
  expect(await ids(target)).toEqual(all);
  expect(await count(target, 'read')).toBe(all.length);
  expect(await count(target, 'superseded')).toBe(0);
}

const remove = (topic: string) => withAdmin((admin) => admin.deleteTopics({ topics: [topic], timeout: 10_000 }));

describeServers('many topics', () => {
  test('are read by one member, each record once, with distinct lane indexes (rule 27)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using a = await fresh(3);
    await using b = await fresh(1);
    await using c = await fresh(2);
    await using other = await freshTopic(1, 'other');
    const partitions = [
      ...[0, 1, 2].map((partition) => [a.name, partition] as const),
      [b.name, 0] as const,
      ...[0, 1].map((partition) => [c.name, partition] as const),
    ];
    for (const [index, [topic, partition]] of partitions.entries()) {
      await produce(topic, events(index * 100, 100), partition);
    }
    await produce(other.name, events(5_000, 1));
    const taken: Batch<unknown>[] = [];
    await using worker = await startWorker(target, topics, { onTaken: (batch) => void taken.push(batch) });
    await readUpTo(target, 600, worker);
    await worker.stop();
    await expectOnce(target, numbers(0, 600));
    const indexes = new Map(taken.map(({ claim }) => [`${claim.topic}/${claim.partition}`, claim.index]));
    expect([...indexes.values()].sort()).toEqual(numbers(0, 6));
  });

  test('include one created later within 30 s, while the others repeat and lose nothing (rule 27)', async () => {
    await using target = await freshTarget();
    const { prefix, fresh } = family();
    await using a = await fresh(2);
    await produce(a.name, events(0, 50));
    // Polls at the default interval.
    const topics: Topics = { kind: 'matching', pattern: new RegExp(`^${prefix}`) };
    await using worker = await startWorker(target, topics, { from: 'earliest' });
    await readUpTo(target, 50, worker);
    await using b = await fresh(2);
    await produce(b.name, events(1_000, 50));
    const since = Date.now();
    let sent = 50;
    await until(async () => {
      // The known topic receives records all the while.
      await produce(a.name, events(sent, 5));
      sent += 5;
      return (await count(target, 'read', b.name)) === 50;
    }, 'the new topic is read');
    expect(Date.now() - since).toBeLessThan(30_000);
    await readUpTo(target, sent + 50, worker);
    await worker.stop();
    await expectOnce(target, [...numbers(0, sent), ...numbers(1_000, 50)]);
  });

  test('created after the start are read from their first record, even with --from latest (rule 6)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using a = await fresh();
    await produce(a.name, events(0, 5));
    await using worker = await startWorker(target, topics, { from: 'latest' });
    await until(async () => worker.source.settled, 'the first topic is claimed');
    await using b = await fresh();
    await produce(b.name, events(10, 5));
    await produce(a.name, events(5, 2));
    await readUpTo(target, 7, worker);
    expect(await ids(target)).toEqual([5, 6, ...numbers(10, 5)]);
  });

  test('are shared by two members, including a topic created later (rule 27)', async () => {
    await using target = await freshTarget();
    const { prefix, topics, fresh } = family();
    await using a = await fresh(4);
    await produce(a.name, events(0, 100));
    await using first = await startWorker(target, topics, { groupId: prefix });
    await using second = await startWorker(target, topics, { groupId: prefix });
    const owned = (...workers: Worker[]) => workers.map(({ source }) => source.positions().length);
    await until(async () => owned(first, second).join() === '2,2', 'both own their half');
    await using b = await fresh(4);
    await until(async () => owned(first, second).join() === '4,4', 'both own their half of both', 60_000);
    for (const partition of [0, 1, 2, 3]) {
      await produce(a.name, events(200 + partition * 10, 10), partition);
      await produce(b.name, events(300 + partition * 10, 10), partition);
    }
    await readUpTo(target, 180, first, second);
    await Promise.all([first.stop(), second.stop()]);
    await expectOnce(target, [...numbers(0, 100), ...numbers(200, 40), ...numbers(300, 40)]);
  });

  test('known only to another member are learnt from the assignment of the group (rule 27)', async () => {
    await using target = await freshTarget();
    const { prefix, topics, fresh } = family();
    await using a = await fresh(2);
    await produce(a.name, events(0, 10));
    // Polls at the start, and not again within the test.
    const seldom: Topics = { ...topics, every: 3_600_000 } as Topics;
    await using first = await startWorker(target, seldom, { groupId: prefix, kafka: kafkaClient('seldom') });
    await readUpTo(target, 10, first);
    await using b = await fresh(2);
    await produce(b.name, events(100, 10));
    await using second = await startWorker(target, topics, { groupId: prefix });
    await until(async () => second.source.positions().length > 0, 'the second member has joined');
    expect(first.source.reads(b.name)).toBe(false);
    // A member that rejoins is not the leader, which assigns the partitions.
    expect(await expel(kafkaClient(), prefix, 'seldom')).toBe(1);
    await readUpTo(target, 20, first, second);
    // The second member may have read the whole topic before the first one learns of it.
    await until(async () => first.source.reads(b.name), 'the first also reads it');
    const both = () => [first, second].map(({ source }) => source.positions().length).join();
    await until(async () => both() === '2,2', 'both own their half');
    await expectOnce(target, [...numbers(0, 10), ...numbers(100, 10)]);
  });

  test('continue when one is deleted while it is read (rule 27)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using a = await fresh(2);
    const b = await fresh(2);
    await produce(a.name, events(0, 10));
    await produce(b.name, events(100, 10));
    const { logger, lines } = warnings();
    await using worker = await startWorker(target, topics, { logger });
    await readUpTo(target, 20, worker);
    await remove(b.name);
    await produce(a.name, events(10, 10));
    await readUpTo(target, 30, worker);
    await until(async () => !worker.source.reads(b.name), 'the topic is dropped');
    await until(async () => worker.source.settled, 'the remaining topic is claimed');
    expect(worker.source.positions().map(({ topic }) => topic)).toEqual([a.name, a.name]);
    await produce(a.name, events(20, 10));
    await readUpTo(target, 40, worker);
    await expectOnce(target, [...numbers(0, 30), ...numbers(100, 10)]);
    expect(lines.filter(({ message }) => message.includes('lost'))).toEqual([]);
  });

  test('lose a deleted one for all members (rule 27)', async () => {
    await using target = await freshTarget();
    const { prefix, topics, fresh } = family();
    await using a = await fresh(2);
    const b = await fresh(2);
    await using first = await startWorker(target, topics, { groupId: prefix });
    await using second = await startWorker(target, topics, { groupId: prefix });
    const owned = () => [first, second].map(({ source }) => source.positions().length).join();
    await until(async () => owned() === '2,2', 'both own their half of both');
    await produce(b.name, events(100, 10));
    await readUpTo(target, 10, first, second);
    await remove(b.name);
    await until(async () => owned() === '1,1', 'both own their half of the remaining topic', 60_000);
    for (const partition of [0, 1]) await produce(a.name, events(partition * 10, 10), partition);
    await readUpTo(target, 30, first, second);
    await expectOnce(target, [...numbers(0, 20), ...numbers(100, 10)]);
  });

  test('do not wait for one that cannot be claimed yet (rule 27)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using a = await fresh();
    await using b = await fresh();
    const [refused = ''] = [a.name, b.name].sort();
    for (const [index, { name }] of [a, b].entries()) await produce(name, events(index * 10, 10));
    let open = false;
    const around = (claims: Claims): Claims => ({
      ...claims,
      claim: async (request) => {
        if (open || request.topic !== refused) return await claims.claim(request);
        throw new PipelineError('unknown_partition', 'not yet', { advice: 'Wait.' });
      },
    });
    const { logger, lines } = warnings();
    await using worker = await startWorker(target, topics, { around, logger });
    await readUpTo(target, 10, worker);
    expect(worker.source.positions()).toHaveLength(1);
    expect(worker.source.settled).toBe(false);
    open = true;
    await readUpTo(target, 20, worker);
    await expectOnce(target, numbers(0, 20));
    expect(lines.every(({ fields }) => 'topic' in fields && fields.topic === refused)).toBe(true);
  });

  test('may be missing at first, which is logged once, and the first one created is read (rule 27)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family(200);
    const lines: string[] = [];
    const logger = { ...silent, info: (_: object, message: string) => void lines.push(message) };
    await using worker = await startWorker(target, topics, { logger });
    await until(async () => lines.length > 0, 'it is logged');
    expect(worker.source.settled).toBe(true);
    await using a = await fresh(2);
    await produce(a.name, events(0, 10));
    await readUpTo(target, 10, worker);
    await expectOnce(target, numbers(0, 10));
    expect(lines.filter((line) => line.startsWith('no topic matches'))).toHaveLength(1);
  });

  test('are not affected when another one is fenced (rules 14 and 27)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using a = await fresh();
    await using b = await fresh();
    await produce(a.name, events(0, 5));
    await produce(b.name, events(100, 5));
    const { logger, lines } = warnings();
    await using worker = await startWorker(target, topics, { logger });
    await readUpTo(target, 10, worker);
    await target.rows('update sluice.checkpoint set owner_epoch = owner_epoch + 1 where topic = $1', [a.name]);
    await produce(a.name, events(5, 5));
    await until(async () => lines.length > 0, 'it is fenced');
    expect(worker.source.positions().map(({ topic }) => topic)).toEqual([b.name]);
    await produce(b.name, events(105, 5));
    await readUpTo(target, 20, worker);
    await expectOnce(target, [...numbers(0, 10), ...numbers(100, 10)]);
    expect(lines.map(({ fields }) => fields)).toMatchObject([{ topic: a.name, partition: 0, times: 1 }]);
    const epochs = await target.rows('select topic, owner_epoch::int as epoch from sluice.checkpoint');
    expect(Object.fromEntries(epochs.map(({ topic, epoch }) => [topic, epoch]))).toEqual({ [a.name]: 3, [b.name]: 1 });
  });
});

describeServers('--until-caught-up over many topics', () => {
  const watch = (target: Target, { source }: Worker, ends: Parameters<typeof caughtUp>[0]['ends']) =>
    caughtUp({ database: target.database, groupId: 'p', ends, newest, source, signal: AbortSignal.timeout(60_000) });
  const newest = async (names: readonly string[]) =>
    (await Promise.all(names.map((topic) => topicRanges(kafkaClient(), { kind: 'one', topic })))).flat();

  test('ends only when every partition of every topic is at its end (rule 5)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using a = await fresh(2);
    await using b = await fresh(2);
    await produce(a.name, events(0, 20));
    await produce(b.name, events(100, 20));
    const ends = await topicRanges(kafkaClient(), topics);
    expect(ends.map(({ topic, partition }) => `${topic}/${partition}`)).toEqual(
      [a.name, b.name].sort().flatMap((name) => [`${name}/0`, `${name}/1`]),
    );
    const sink = new HeldSink(target.sink());
    await using worker = await startWorker(target, topics, { sink });
    let ended = false;
    const watching = watch(target, worker, ends).then((answer) => {
      ended = true;
      return answer;
    });
    await until(async () => sink.groups.length > 0 && worker.source.settled, 'records are in flight');
    expect(ended).toBe(false);
    sink.release();
    expect(await watching).toBe(true);
    await expectOnce(target, [...numbers(0, 20), ...numbers(100, 20)]);
  });

  test('a checkpoint beyond the end of the log that nobody has claimed is not at its end (rule 16)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    await using other = await freshTopic();
    await using a = await fresh();
    await produce(other.name, events(0, 5));
    await produce(a.name, events(10, 5));
    const ends = [...(await newest([other.name])), ...(await newest([a.name]))];
    await using worker = await startWorker(target, topics);
    await readUpTo(target, 5, worker);
    const insert = `insert into sluice.checkpoint (pipeline, topic, partition, next_offset) values ('p', $1, 0, 8)`;
    await target.rows(insert, [other.name]);
    const { source } = worker;
    const options = { database: target.database, groupId: 'p', ends, newest, source };
    expect(await caughtUp({ ...options, signal: AbortSignal.timeout(3_000) })).toBe(false);
    // Another process has read what arrived since.
    await produce(other.name, events(5, 3));
    expect(await caughtUp({ ...options, signal: AbortSignal.timeout(30_000) })).toBe(true);
  });

  test('does not wait for a deleted topic, nor when no topic matches (rules 5 and 27)', async () => {
    await using target = await freshTarget();
    const { topics, fresh } = family();
    {
      await using none = await startWorker(target, topics);
      expect(await watch(target, none, await topicRanges(kafkaClient(), topics))).toBe(true);
    }
    await using a = await fresh();
    const b = await fresh();
    await produce(a.name, events(0, 5));
    await produce(b.name, events(10, 5));
    const ends = await topicRanges(kafkaClient(), topics);
    await remove(b.name);
    await using worker = await startWorker(target, topics);
    expect(await watch(target, worker, ends)).toBe(true);
    await expectOnce(target, numbers(0, 5));
  });
});
