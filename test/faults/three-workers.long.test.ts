/**
 * Three workers share a topic that is being filled, and are killed repeatedly, at random. Two belong to a `sluice run --parallelism 2`,
 * which restarts them and removes the dead member from the group. One is a process of its own: Kafka notices its death by the session
 * timeout of 10 s, and the test restarts it like a service manager. Each kill happens while records flow: a part of them is held back for
 * it. Sometimes a second supervised worker is killed while the first is being replaced; otherwise the next kill follows after the
 * takeover, so that each takeover can be measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeServers } from '../context.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { start, until } from '../sluice.ts';
import { joinedAlone, oneOf } from './joined-workers.ts';
import { produceAt } from './paced-producer.ts';
import { scene } from './scene.ts';
import { seededRandom } from './seeded-random.ts';
import { watchCheckpoints } from './takeover.ts';

type Victim = 'alone' | 'supervised';

const count = 150_000;
const rate = 6_000;
const partitions = 6;
const kills = 15;
/** Longest takeover in milliseconds. */
const takeoverLimitMs = 15_000;
/** Milliseconds until a condition of this test must hold. */
const patienceMs = 60_000;

/** The victim of kill number `n`, from 0; undefined after the last kill. */
const victimOf = (n: number): Victim | undefined => (n >= kills ? undefined : n % 7 === 5 ? 'alone' : 'supervised');

describeServers('three workers of one group', () => {
  test('150,000 events at 6,000/s, 15 random kill -9: rows and record counts are right, each takeover within 15 s (rule 13)', async () => {
    const { seed, random } = seededRandom();
    const records = makeWorkload({ seed, count, partitions });
    await using it = await scene([], partitions);
    const args = ['run', '--breaker', 'off', '--log-format', 'json'];
    const startAlone = () => start(args, { env: it.env, limit: 300_000 });
    const supervisor = start([...args, '--parallelism', '2'], { env: it.env, limit: 300_000 });
    let alone = startAlone();
    try {
      const victims = { alone: () => joinedAlone(alone), supervised: () => oneOf(supervisor, random()) };
      const joined = async () => victims.alone() !== undefined && oneOf(supervisor, 0) !== oneOf(supervisor, 1);
      await until(joined, 'all three have joined', patienceMs);
      const production = produceAt(rate, it.topic, partitions, records);
      await using watch = await watchCheckpoints(it.config.databaseUrl, it.config.groupId, () => production.filled);
      const deaths: { readonly who: Victim; readonly at: number }[] = [];
      const kill = async (who: Victim | undefined) => {
        if (who === undefined) return;
        const found = { pid: 0 };
        const look = async () => {
          found.pid = victims[who]() ?? 0;
          return found.pid > 0;
        };
        await until(look, `a victim has joined: ${who}`, patienceMs);
        deaths.push({ who, at: Date.now() });
        process.kill(found.pid, 'SIGKILL');
        if (who === 'supervised') return;
        await alone.finished;
        alone = startAlone();
      };
      while (deaths.length < kills) {
        const two = [0, 1].every((next) => victimOf(deaths.length + next) === 'supervised');
        const burst = two && random() < 0.3 ? 2 : 1;
        production.allow((count / kills) * (deaths.length + burst));
        await sleep(random() * 1_000);
        for (let more = burst; more > 0; more -= 1) await kill(victimOf(deaths.length));
        const last = deaths.at(-1)?.at ?? 0;
        await until(async () => Number.isFinite(watch.takeoverAfter(last)), 'all partitions move again', patienceMs);
      }
      const seconds = await production.sent;
      await until(async () => watch.durable() >= count, 'everything is durable', patienceMs);

      const takeovers = deaths.map(({ who, at }) => ({ who, ms: watch.takeoverAfter(at) }));
      const took = (who: Victim) => takeovers.filter((one) => one.who === who).map(({ ms }) => ms);
      process.stdout.write(
        `seed ${seed}: ${count} records in ${seconds.toFixed(1)} s of sending; milliseconds to take over from ` +
          `the supervised ${took('supervised').join(', ')}, from the other ${took('alone').join(', ')}; ` +
          `longest standstill of a partition ${watch.longestStandstill()} ms\n`,
      );
      for (const { ms } of takeovers) expect(ms).toBeLessThanOrEqual(takeoverLimitMs);
      expect(watch.longestStandstill()).toBeLessThanOrEqual(takeoverLimitMs);

      supervisor.kill('SIGTERM');
      alone.kill('SIGTERM');
      expect(await supervisor.finished).toEndWith(0);
      expect(await alone.finished).toEndWith(0);
      await it.expectOracle(records);
      const { rows } = await it.client.query('select sum(read)::int as read from sluice.checkpoint');
      expect(rows).toEqual([{ read: count }]);
    } catch (error) {
      const said = `${supervisor.said().slice(-4_000)}\n${alone.said().slice(-2_000)}`;
      throw new Error(`with SLUICE_TEST_SEED=${seed}\n${said}`, { cause: error });
    } finally {
      supervisor.kill('SIGKILL');
      alone.kill('SIGKILL');
      await Promise.all([supervisor.finished, alone.finished]);
    }
  });
});
