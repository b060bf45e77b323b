/** Proves `sluice run --parallelism` with real processes that are killed, stopped or fail. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { groupMembers } from '../adapters/kafka/lag/lag.ts';
import { describeServers, kafkaClient } from '../test/context.ts';
import { linesOf } from '../test/faults/log-lines.ts';
import { produce, type Scene, scene } from '../test/faults/scene.ts';
import { makeWorkload } from '../test/oracle/workload.ts';
import { type Running, sluice, start, until } from '../test/sluice.ts';

const args = ['run', '--breaker', 'off', '--log-format', 'json', '--parallelism'];
const records = makeWorkload({ seed: 5, count: 2_000, partitions: 2 });
const [first, second] = [records.slice(0, 1_000), records.slice(1_000)];

/** Returns the process ids of the workers in the order of their starts. */
const pidsOf = (run: Running): number[] =>
  linesOf(run).flatMap(({ msg, pid }) => (msg === 'started a worker' && pid !== undefined ? [pid] : []));

/** Returns the number of durable records; 0 before the schema exists. */
async function durable({ client }: Scene): Promise<number> {
  const { rows: found } = await client.query(`select to_regclass('sluice.checkpoint') is not null as there`);
  if (!found[0]?.there) return 0;
  return (await client.query('select coalesce(sum(read), 0)::int as read from sluice.checkpoint')).rows[0].read;
}

async function members({ config }: Scene): Promise<number> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    return await groupMembers(admin, config.groupId);
  } finally {
    await admin.disconnect();
  }
}

/** Starts two workers that have written the first half of the records. They are killed when the scope ends. */
async function twoWorkers(it: Scene) {
  const run = start([...args, '2'], { env: it.env, limit: 110_000 });
  const dispose = async () => {
    run.kill('SIGKILL');
    await run.finished;
  };
  try {
    const atWork = async () => (await members(it)) === 2 && (await durable(it)) === first.length;
    await until(atWork, 'two workers are at work', 60_000);
  } catch (error) {
    await dispose();
    throw new Error(run.said(), { cause: error });
  }
  return { run, [Symbol.asyncDispose]: dispose };
}

/** Locks the written table and waits until a worker is blocked by the lock. Returns the function that releases it. */
async function holdUntilWaitedFor({ client, config, topic }: Scene) {
  const holder = new pg.Client({ connectionString: config.databaseUrl });
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table users_enriched in exclusive mode');
  await produce(topic, second);
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await until(async () => (await client.query(waiting)).rows.length > 0, 'a worker waits for the table', 60_000);
  return { [Symbol.asyncDispose]: () => holder.end() };
}

describeServers('sluice run --parallelism', () => {
  test('more workers than partitions catch up together, and each log line names its worker', async () => {
    await using it = await scene(records, 2);
    const { code, stderr } = await sluice([...args, '3', '--until-caught-up'], { env: it.env });
    expect({ code, stderr }).toEndWith(0);
    await it.expectOracle(records);
    const lines = linesOf({ said: () => stderr });
    const done = lines.filter(({ msg }) => msg === 'done');
    expect(done.map(({ worker }) => worker).sort()).toEqual([1, 2, 3]);
    expect(lines.find(({ msg }) => msg === 'all workers are done')).toMatchObject({
      workers: 3,
      restarts: 0,
      read: records.length,
    });
  });

  test('a killed worker is restarted before its session times out, and a second signal does not cut a drain', async () => {
    await using it = await scene(first, 2);
    await using workers = await twoWorkers(it);
    const { run } = workers;
    const [victim = 0] = pidsOf(run);
    // Only Linux has /proc.
    const commandLine = await readFile(`/proc/${victim}/cmdline`, 'utf8').catch(() => '');
    expect(commandLine).not.toContain(it.config.databaseUrl);
    process.kill(victim, 'SIGKILL');
    const died = Date.now();
    const replaced = async () => pidsOf(run).length === 3 && (await members(it)) === 2;
    await until(replaced, 'its successor has joined');
    // Without expulsion the group could not rebalance until the session times out, after 10 s.
    expect(Date.now() - died).toBeLessThan(9_000);

    {
      await using _held = await holdUntilWaitedFor(it);
      run.kill('SIGTERM');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) {
        for (const pid of pidsOf(run).slice(1)) process.kill(pid, signal);
      }
    }
    const { code, stderr } = await run.finished;
    expect({ code, stderr }).toEndWith(0);
    expect(linesOf(run).find(({ msg }) => msg === 'all workers are done')).toMatchObject({ workers: 2, restarts: 1 });
    expect(await durable(it)).toBeGreaterThan(first.length);
    expect(await members(it)).toBe(0);
    expect(await sluice(['run', '--until-caught-up', '--breaker', 'off'], { env: it.env })).toEndWith(0);
    await it.expectOracle(records);
  });

  test('a second signal to the supervisor ends all processes immediately', async () => {
    await using it = await scene(first, 2);
    await using workers = await twoWorkers(it);
    await using _held = await holdUntilWaitedFor(it);
    const { run } = workers;
    run.kill('SIGTERM');
    run.kill('SIGINT');
    const asked = Date.now();
    // Resolves when the last process closes the shared standard error.
    expect((await run.finished).code).toBeGreaterThan(128);
    // A drain would wait 20 s for the locked table.
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await durable(it)).toBe(first.length);
  });

  test('workers of a killed supervisor leave the group and exit', async () => {
    await using it = await scene(first, 2);
    await using workers = await twoWorkers(it);
    workers.run.kill('SIGKILL');
    const killed = Date.now();
    await until(async () => (await members(it)) === 0, 'the group is left');
    expect(Date.now() - killed).toBeLessThan(9_000);
    await workers.run.finished;
    await it.expectOracle(first);
  });

  test('a permanently failing worker stops the others, and the command reports its message and code', async () => {
    await using it = await scene(first, 2);
    await using workers = await twoWorkers(it);
    await it.client.query('drop table users_enriched cascade');
    await produce(it.topic, second);
    const { code, stderr } = await workers.run.finished;
    expect({ code, stderr }).toEndWith(1);
    const failure = linesOf({ said: () => stderr }).find(({ level }) => level === 'fatal');
    expect(failure).toMatchObject({
      code: '42P01',
      msg: expect.stringMatching(/^worker [12]: relation "users_enriched" does not exist$/),
    });
    expect(await members(it)).toBe(0);
  });

  test('--parallelism with a file is refused: 2', async () => {
    const { code, stderr } = await sluice([...args, '2', '--input', 'file:data/sample_events.json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^sluice: --parallelism/) });
  });
});
