/**
 * PostgreSQL stops in the middle of a transaction and starts again: after a fast shutdown, an immediate one, or a
 * kill. The worker waits, resumes by itself, parks nothing and ends with 0, with the rows and record counts of the oracle.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeServers } from '../context.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { finishes, isDurable, logged } from './finish.ts';
import { type OwnStack, ownStack } from './own-stack.ts';
import { produce, type Scene, scene } from './scene.ts';
import { startWorker } from './worker.ts';

describeServers('a restart of PostgreSQL', () => {
  const workload = makeWorkload({ seed: 31, count: 2_400 });
  let stack: OwnStack;
  beforeAll(async () => {
    stack = await ownStack({ kafka: false });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  const ownScene = () => scene(workload, 4, stack);

  /** Two lanes write; one of them is held before COMMIT while the server stops. */
  async function survives(it: Scene, signal: NodeJS.Signals): Promise<void> {
    const holdAt = { step: 'before commit', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, maxRecords: 200, holdAt });
    await worker.held;
    await stack.end('postgres', signal);
    worker.goOn();
    await logged(worker, '"attempt":4');
    await stack.startAgain();
    await finishes(worker, it);
    expect(worker.log()).toMatch(/PostgreSQL at \S+ takes transactions again/);
  }

  test.each([
    ['a fast shutdown', 'SIGINT'],
    ['a kill -9 of the server', 'SIGKILL'],
  ] as const)('%s in the middle of a transaction loses nothing and doubles nothing (promise 1)', async (_, signal) => {
    await using it = await ownScene();
    await survives(it, signal);
  });

  test('an immediate shutdown of a database without synchronous commit does not undo a confirmed commit', async () => {
    await using it = await ownScene();
    // The WAL is flushed so late that a crash would undo everything, including the schema.
    await it.rows(`alter system set wal_writer_delay = '10s'`);
    await it.rows('select pg_reload_conf()');
    await it.rows(
      `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    );
    await survives(it, 'SIGQUIT');
  });

  test('a failover that undoes confirmed commits is repaired by the next records, because it also undoes their checkpoints', async () => {
    const half = workload.length / 2;
    await using it = await scene(workload.slice(0, half));
    const holdAt = { step: 'before copy', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, maxRecords: 200, holdAt });
    await worker.held;
    // The standby has everything up to this moment, and nothing after it.
    await it.rows(`begin isolation level repeatable read;
      create table kept_rows as table users_enriched;
      create table kept_dead_letters as table sluice.dead_letter;
      create table kept_checkpoints as table sluice.checkpoint;
      commit`);
    worker.goOn();
    await isDurable(worker, it, half);
    await it.rows(`begin;
      truncate users_enriched;
      insert into users_enriched table kept_rows;
      delete from sluice.dead_letter where id not in (select id from kept_dead_letters);
      delete from sluice.checkpoint;
      insert into sluice.checkpoint table kept_checkpoints;
      commit`);
    await produce(it.topic, workload.slice(half));
    await finishes(worker, it, workload);
  });
});
