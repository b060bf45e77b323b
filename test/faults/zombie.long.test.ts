/**
 * Two workers that both believe they own the same partitions. One is suspended in its transaction for longer than its Kafka
 * session lasts, another one takes everything over, and then the first one resumes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { WriteStep } from '../../engines/sink/sink.ts';
import { describeServers } from '../context.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { whileRunning } from './finish.ts';
import { produce, scene } from './scene.ts';
import { startWorker, type Worker, type WorkerConfig } from './worker.ts';

/** Sessions end after 10 s, a claim waits 10 s for a lock; the rest is for a busy machine to start and run ten processes. */
const takeoverLimitMs = 60_000;

const workload = makeWorkload({ seed: 23, count: 4_000 });
/** Number of records produced when both work again, so that the group is seen to work. */
const later = 1_000;

/** Runs the whole scene; `zombie` is extra configuration of the suspended worker. */
async function zombieAt(
  step: WriteStep,
  zombie: Partial<WorkerConfig> = {},
): Promise<{ first: string; second: string }> {
  const early = workload.slice(0, -later);
  await using it = await scene(early);
  // Its session must not be ended for idling, because the test is about its later actions.
  const timeouts = { idleInTransaction: 120_000 };
  // With one lane the locks of the suspended worker are known: none before the merge, all before the commit.
  const config = { ...it.config, maxRecords: 200, lanes: 1, timeouts };
  await using first = startWorker({ ...config, holdAt: { step, occurrence: 3 }, ...zombie });
  await within(first, first.held, 'it waits at its step');
  first.kill('SIGSTOP');
  await using second = startWorker(config);
  const durable = async (count: number) => {
    const [row] = await it.rows<{ next: string }>('select sum(next_offset) as next from sluice.checkpoint');
    return Number(row?.next) >= count;
  };
  await whileRunning(second, () => durable(early.length), 'the other has finished everything', takeoverLimitMs);

  first.kill('SIGCONT');
  first.goOn();
  await joinedTwice(first);
  await produce(it.topic, workload.slice(-later));
  await whileRunning(first, () => durable(workload.length), 'both have finished');
  for (const worker of [first, second]) worker.kill('SIGTERM');
  const ends = await Promise.all([first, second].map((worker) => within(worker, worker.ended, 'it has ended')));
  expect({ ends, failed: failuresOf(first, second) }).toEqual({ ends: [0, 0], failed: [] });
  await it.expectOracle(workload);
  return { first: first.log(), second: second.log() };
}

/** Rejects with the worker's log if it takes longer than the longest takeover. */
async function within<T>(worker: Worker, promise: Promise<T>, what: string): Promise<T> {
  const over = new AbortController();
  const late = sleep(takeoverLimitMs, undefined, { signal: over.signal }).then((): never => {
    throw new Error(`waited ${takeoverLimitMs} ms in vain until ${what}\n${worker.log().slice(-4_000)}`);
  });
  late.catch(() => undefined);
  return await Promise.race([promise, late]).finally(() => over.abort());
}

/** Resolves when the worker has noticed that it lost its membership, and has joined again. */
const joinedTwice = (worker: Worker): Promise<void> =>
  whileRunning(worker, async () => worker.log().split('joined the group').length > 2, 'it has joined again');

const failuresOf = (...workers: readonly Worker[]) =>
  workers.flatMap(({ messages }) => messages.filter(({ event }) => event === 'failed'));

const endedFormer = 'ended the session of the former owner';

describeServers('a worker that is suspended during a write, and taken for dead', () => {
  describe.concurrent('the steps of a write', () => {
    test('before copy: blocks no other worker, and writes nothing when it resumes (rule 14)', async () => {
      const { second } = await zombieAt('before copy');
      expect(second).not.toContain(endedFormer);
    });

    test('after copy: blocks no other worker, and writes nothing when it resumes (rule 14)', async () => {
      const { second } = await zombieAt('after copy');
      expect(second).not.toContain(endedFormer);
    });

    test('before commit: locks the checkpoints, so its session is ended (rule 15)', async () => {
      const { second } = await zombieAt('before commit');
      expect(second).toContain(endedFormer);
    });

    test('after commit: has written, and writes nothing more when it resumes (rule 14)', async () => {
      await zombieAt('after commit');
    });

    test('after copy, without fencing: counts records twice, and the oracle detects it', async () => {
      await expect(zombieAt('after copy', { without: 'fencing' })).rejects.toThrow(/^expected \[.* to deeply equal \[/);
    });
  });
});
