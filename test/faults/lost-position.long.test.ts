/**
 * A topic loses records that a pipeline has not read yet, or is replaced by another one, while the pipeline is stopped and while it
 * runs. The pipeline stops with an explanation, or continues where it is configured to, and reports the loss (rule 16).
 */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import { bootstrap, describeServers, type FreshTopic, freshTopic, kafkaClient } from '../context.ts';
import { type Running, sluice, start, until } from '../sluice.ts';
import {
  checkpointOf,
  deleteUpTo,
  durableUpTo,
  events,
  ids,
  logEnd,
  numbers,
  produce,
  recreate,
  startWorker,
  warnings,
  withAdmin,
} from '../source-worker.ts';
import { freshTarget, type Target } from '../target.ts';

const policies = ['fail', 'earliest', 'latest'] as const;
type Policy = (typeof policies)[number];

/** What happens to a topic whose records 0 to 9 are durable, and the records that are left to read. */
type Loss = {
  readonly cause: (topic: string) => Promise<void>;
  readonly left: readonly number[];
  readonly why: RegExp;
};

const losses: { readonly [name: string]: Loss } = {
  'records are deleted before they were read': {
    cause: async (topic) => {
      await produce(topic, events(10, 10));
      await deleteUpTo(topic, 15);
    },
    left: numbers(15, 5),
    why: /records from 10 to 15 are gone/,
  },
  'the topic is deleted and recreated': {
    cause: async (topic) => {
      await recreate(topic);
      await produce(topic, events(50, 5));
    },
    left: numbers(50, 5),
    why: /the log ends at 5, the checkpoint at 10|it goes on at 0, below 10/,
  },
  'the topic is recreated and has grown past the position': {
    cause: async (topic) => {
      await recreate(topic);
      await produce(topic, events(50, 25));
    },
    left: numbers(50, 25),
    why: /the record at 9 is not the one that was written|it goes on at 0, below 10|the log ends at/,
  },
};

const cases = Object.keys(losses).flatMap((loss) => policies.map((policy) => [loss, policy] as const));
const moved = 'the pipeline continues at another';

const commandOf = (target: Target, { name }: Pick<FreshTopic, 'name'>, policy: Policy) => ({
  env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: target.url, KAFKA_TOPIC: name, KAFKA_GROUP_ID: name },
  args: ['run', '--on-lost-position', policy],
});

/** Expects that the run has stopped because of the loss and has changed nothing. */
async function expectExplained({ code, stderr }: { code: number | null; stderr: string }, why: RegExp, target: Target) {
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(why) });
  expect(stderr).toContain('lost_position');
  expect(stderr).toContain('--on-lost-position');
  expect(await checkpointOf(target)).toBe(10);
  expect(await ids(target)).toEqual(numbers(0, 10));
}

const includes = async (target: Target, id: number): Promise<boolean> => (await ids(target)).includes(id);

describeServers('a position that the topic no longer has', () => {
  describe.concurrent('of a stopped pipeline', () => {
    test.each(cases)('%s: the pipeline follows the policy %s (rule 16)', async (name, policy) => {
      const { cause, left, why } = losses[name] as Loss;
      await using target = await freshTarget();
      await using topic = await freshTopic();
      await produce(topic.name, events(0, 10));
      {
        await using worker = await startWorker(target, topic.name);
        await durableUpTo(target, 10, worker);
        await worker.stop();
      }
      await cause(topic.name);
      const { logger, lines } = warnings();
      await using worker = await startWorker(target, topic.name, { onLostPosition: policy, logger });
      if (policy === 'fail') {
        await expect(worker.done).rejects.toMatchObject({ code: 'lost_position', message: expect.stringMatching(why) });
        expect(await checkpointOf(target)).toBe(10);
        return;
      }
      await until(async () => lines.some(({ message }) => message.includes(moved)), 'it continues at another offset');
      expect(lines.at(-1)?.message).toMatch(why);
      await produce(topic.name, events(100, 1));
      await until(() => includes(target, 100), 'the next record is read');
      expect(await ids(target)).toEqual([...numbers(0, 10), ...(policy === 'earliest' ? left : []), 100]);
      expect(await checkpointOf(target)).toBe(await logEnd(topic.name));
    });
  });

  describe.concurrent('of a running pipeline', () => {
    test.each(cases)('%s: the pipeline follows the policy %s (rule 16)', async (name, policy) => {
      const { cause, left, why } = losses[name] as Loss;
      await using target = await freshTarget();
      await using topic = await freshTopic();
      const { args, env } = commandOf(target, topic, policy);
      await produce(topic.name, events(0, 10));
      await using running = killedAfter(start(args, { env, limit: 120_000 }));
      await until(async () => (await checkpointOf(target)) === 10, 'all is durable');
      await whileStopped(running, () => cause(topic.name));
      if (policy === 'fail') return await expectExplained(await running.finished, why, target);
      await until(async () => running.said().includes(moved), 'it continues at another offset', 60_000);
      expect(running.said()).toMatch(why);
      await produce(topic.name, events(100, 1));
      await until(() => includes(target, 100), 'the next record is read', 60_000);
      running.kill('SIGTERM');
      expect(await running.finished).toEndWith(0);
      expect(await ids(target)).toEqual([...numbers(0, 10), ...(policy === 'earliest' ? left : []), 100]);
      expect(await checkpointOf(target)).toBe(await logEnd(topic.name));
    });
  });

  test('compaction, which leaves gaps and may remove the last durable record, loses no position (rule 16)', async () => {
    await using topic = await compactedTopic();
    const same = (first: number, count: number) => events(first, count).map((event) => ({ ...event, key: 'same' }));
    await produce(topic.name, same(0, 10));
    const targets = await Promise.all(policies.map(() => freshTarget()));
    try {
      const runAll = () =>
        Promise.all(
          targets.map((target, index) => {
            const { args, env } = commandOf(target, topic, policies[index] ?? 'fail');
            const group = { KAFKA_GROUP_ID: `${topic.name}-${index}` };
            return sluice([...args, '--until-caught-up'], { env: { ...env, ...group } });
          }),
        );
      for (const { code } of await runAll()) expect(code).toBe(0);
      await produce(topic.name, same(10, 10));
      // The last segment is never compacted, so new records are sent until one of them begins a new segment.
      let next = 20;
      await until(
        async () => {
          await produce(topic.name, events(next, 1));
          next += 1;
          const offsets = await offsetsIn(topic.name);
          return !offsets.includes(9) && !offsets.includes(18);
        },
        'the log is compacted',
        90_000,
      );
      for (const { code, stderr } of await runAll()) expect({ code, stderr }).toEndWith(0);
      for (const target of targets) {
        const found = await ids(target);
        expect(found).toEqual([...numbers(0, 10), ...numbers(19, next - 19)]);
        expect(await checkpointOf(target)).toBe(await logEnd(topic.name));
      }
    } finally {
      await Promise.all(targets.map((target) => target[Symbol.asyncDispose]()));
    }
  });
});

/** Kills the command at the end of the scope if it still runs. */
const killedAfter = (running: Running): Running & AsyncDisposable => ({
  ...running,
  [Symbol.asyncDispose]: async () => {
    running.kill('SIGKILL');
    await running.finished;
  },
});

/** Suspends the process while `work` changes its topic. The work begins only after Kafka has answered the pending fetch. */
async function whileStopped(running: Running, work: () => Promise<void>): Promise<void> {
  running.kill('SIGSTOP');
  const answered = Date.now() + 1_000;
  await until(async () => Date.now() > answered, 'the longest wait of a fetch is over');
  await work();
  running.kill('SIGCONT');
}

/** A topic that is compacted as soon as Kafka's cleaner runs, every 15 s. */
async function compactedTopic(): Promise<Pick<FreshTopic, 'name'> & AsyncDisposable> {
  const name = `compacted-${randomUUID()}`;
  const config = {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.001',
    'segment.ms': '500',
    'min.compaction.lag.ms': '0',
  };
  const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  await withAdmin(async (admin) => {
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic: name, numPartitions: 1, configEntries }] });
    await partitionRanges(admin, name);
  });
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await withAdmin((admin) => admin.deleteTopics({ topics: [name] }));
    },
  };
}

/** The offsets of the records in the log. */
async function offsetsIn(topic: string): Promise<readonly number[]> {
  const end = await logEnd(topic);
  const offsets: number[] = [];
  const consumer = kafkaClient().consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => void offsets.push(Number(message.offset)),
    });
    await until(async () => offsets.at(-1) === end - 1, 'the whole log is read');
  } finally {
    await consumer.disconnect();
  }
  return offsets;
}
