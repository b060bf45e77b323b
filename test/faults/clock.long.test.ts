/** The clock of a worker's machine jumps during a run: nothing is lost, and nothing freezes. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeServers, kafkaClient } from '../context.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { sluice, start, until } from '../sluice.ts';
import { members } from './members.ts';
import { produce, scene } from './scene.ts';

const hour = 3_600_000;

/** Loads the jumping clock into every process with this environment. */
const withClock = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  NODE_OPTIONS: `--import tsx --import ${fileURLToPath(new URL('./jumping-clock.ts', import.meta.url))}`,
});

describeServers('a clock that jumps', () => {
  test.concurrent.each([
    ['an hour back', -hour],
    ['an hour ahead', hour],
  ])('%s: the run continues, stays in the group, and loses nothing', async (_, jump) => {
    const workload = makeWorkload({ seed: 91, count: 3_000 });
    const [before, after] = [workload.slice(0, 1_500), workload.slice(1_500)];
    await using it = await scene(before);
    const env = withClock({ ...it.env, CLOCK_JUMP_MS: String(jump) });
    const running = start(['run', '--breaker', 'off'], { env });
    const read = async () =>
      it.rows<{ read: string }>('select coalesce(sum(read), 0) as read from sluice.checkpoint').then(
        ([row]) => Number(row?.read),
        () => 0,
      );
    await until(async () => (await read()) === before.length, 'the first half is durable');
    process.kill(running.pid, 'SIGUSR2');
    const jumped = performance.now();
    // Longer than a member of the group may be silent.
    await until(async () => performance.now() - jumped > 12_000, 'a session has passed');
    await produce(it.topic, after);
    await until(async () => (await read()) === workload.length, 'the second half is durable');
    expect(await members(it.config.groupId)).toBe(1);
    running.kill('SIGTERM');
    expect(await running.finished).toEndWith(0);
    await it.expectOracle(workload);
  });

  test.concurrent('the lag is the age of the first record that is not yet durable, and never negative (rule 28)', async () => {
    await using it = await scene([], 1);
    const produceAged = async (...seconds: number[]) => {
      const producer = kafkaClient().producer();
      await producer.connect();
      const messages = seconds.map((age) => ({ value: '{}', timestamp: String(Date.now() - age * 1_000) }));
      await producer.send({ topic: it.topic, messages });
      await producer.disconnect();
    };
    await produceAged(300);
    expect(await sluice(['run', '--until-caught-up'], { env: it.env })).toEndWith(0);
    await produceAged(100, 50);
    const lag = async (env: NodeJS.ProcessEnv): Promise<number> => {
      const { stdout } = await sluice(['status', '--json'], { env });
      return JSON.parse(stdout).lagSeconds;
    };
    const now = await lag(it.env);
    expect(now).toBeGreaterThanOrEqual(100);
    expect(now).toBeLessThan(160);
    expect(await lag(withClock({ ...it.env, CLOCK_OFFSET_MS: String(-hour) }))).toBe(0);
    expect(await lag(withClock({ ...it.env, CLOCK_OFFSET_MS: String(hour) }))).toBeGreaterThanOrEqual(3_700);
  });
});
