/** Kafka stops during a run and starts again: the worker resumes by itself, nothing is lost and nothing is doubled. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { describeServers } from '../context.ts';
import { databaseOf } from '../database-of.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { type Running, sluice, start, until } from '../sluice.ts';
import { finishes } from './finish.ts';
import { type OwnStack, ownStack } from './own-stack.ts';
import { produce, scene } from './scene.ts';
import { startWorker } from './worker.ts';

describeServers('a restart of Kafka', () => {
  const workload = makeWorkload({ seed: 41, count: 4_000 });
  let stack: OwnStack;
  beforeAll(async () => {
    stack = await ownStack({ postgres: false });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  test('by kill -9 while records are in flight: the worker continues at its position (promise 1)', async () => {
    const half = workload.length / 2;
    await using it = await scene(workload.slice(0, half), 4, stack);
    const holdAt = { step: 'after copy', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, maxRecords: 200, holdAt });
    await worker.held;
    await stack.end('kafka', 'SIGKILL');
    // Records that were read become durable without Kafka.
    const { length: before } = worker.messages;
    worker.goOn();
    await until(async () => worker.messages.length > before, 'it commits');
    await stack.startAgain();
    await produce(it.topic, workload.slice(half), it.config.bootstrap);
    await finishes(worker, it, workload);
  });

  test('with a clean shutdown: sluice run --until-caught-up waits for it and ends with 0', async () => {
    await using it = await scene(workload, 4, stack);
    let running: Running | undefined;
    await withConnection(databaseOf(it.config.databaseUrl), 'locker', async (locker) => {
      await migrate(locker);
      // A session locks the table, so that the run is in the middle of a write when the broker stops.
      await locker.query('begin; lock table users_enriched');
      running = start(['run', '--until-caught-up'], { env: { ...it.env, SLUICE_BREAKER: 'off' } });
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await until(async () => (await it.rows(waiting)).length > 0, 'it waits for the lock');
      await stack.end('kafka', 'SIGTERM');
      await locker.query('commit');
      await stack.startAgain();
    });
    expect(await running?.finished).toEndWith(0);
    await it.expectOracle(workload);
  });

  test('that has not happened yet: SIGTERM ends the worker cleanly and in time, and records that were read are durable (promise 8)', async () => {
    await using it = await scene(workload, 4, stack);
    const holdAt = { step: 'after copy', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, maxRecords: 200, holdAt });
    await worker.held;
    await stack.end('kafka', 'SIGKILL');
    const since = performance.now();
    worker.kill('SIGTERM');
    worker.goOn();
    expect(await worker.ended).toBe(0);
    expect(performance.now() - since).toBeLessThan(30_000);
    await stack.startAgain();
    const next = await sluice(['run', '--until-caught-up', '--breaker', 'off'], { env: it.env });
    expect(next).toEndWith(0);
    await it.expectOracle(workload);
  });
});
