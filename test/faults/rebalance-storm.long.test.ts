/**
 * A rebalance storm: while records flow, processes join and leave the group faster than it becomes stable. Kafka reassigns
 * the partitions at every join and leave, while transactions are open.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeServers } from '../context.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { type Running, start, until } from '../sluice.ts';
import { linesOf } from './log-lines.ts';
import { produceAt } from './paced-producer.ts';
import { scene } from './scene.ts';
import { seededRandom } from './seeded-random.ts';
import { watchCheckpoints } from './takeover.ts';

const rate = 3_000;
const partitions = 4;
/** Numbers of records: during the storm; until the remaining process works alone; and while nothing may be claimed. */
const during = 60_000;
const settling = 1_000;
const after = 1_000;
/** Processes that join and leave beside the one that stays. Each causes two changes of the group. */
const guests = 7;
/** Milliseconds within which the last guest joins. */
const stormMs = 17_000;
const patienceMs = 60_000;

/** Slow writes, so that most changes of the group happen while transactions are open. */
const slowWrites = `
  create function slow_write() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return null; end $$;
  create trigger slow_write after insert on users_enriched for each statement execute function slow_write()`;

const joins = (process: Running) => linesOf(process).filter(({ msg }) => msg === 'joined the group');

describeServers('a rebalance storm', () => {
  test('workers join and leave 14 times in 20 s: nothing is lost, nothing counts twice, and the group becomes stable (rule 14)', async () => {
    const { seed, random } = seededRandom();
    const records = makeWorkload({ seed, count: during + settling + after, partitions });
    await using it = await scene([], partitions);
    const startOne = () => start(['run', '--breaker', 'off', '--log-format', 'json'], { env: it.env, limit: 200_000 });
    const host = startOne();
    const all = [host];
    try {
      await until(async () => joins(host).length > 0, 'the first has joined', patienceMs);
      await it.client.query(slowWrites);
      const production = produceAt(rate, it.topic, partitions, records);
      production.allow(during);
      await using watch = await watchCheckpoints(it.config.databaseUrl, it.config.groupId, () => production.filled);
      const epochs = async () =>
        (await it.client.query('select owner_epoch from sluice.checkpoint order by partition')).rows;

      const began = Date.now();
      const visits = Array.from({ length: guests }, async (_, guest) => {
        await sleep((guest / (guests - 1)) * (stormMs - 1_000) + random() * 1_000);
        const process = startOne();
        all.push(process);
        await until(async () => joins(process).length > 0, 'a guest has joined', patienceMs);
        await sleep(random() * 1_000);
        process.kill('SIGTERM');
        return (await process.finished).code;
      });
      expect(await Promise.all(visits)).toEqual(Array(guests).fill(0));
      const lasted = Date.now() - began;

      await until(async () => watch.durable() === during, 'the records of the storm are durable', patienceMs);
      const every = Array.from({ length: partitions }, (_, partition) => `${it.topic}/${partition}`);
      const alone = async () => String(joins(host).at(-1)?.partitions) === String(every);
      await until(alone, 'the one that stayed has all partitions', patienceMs);
      // It logs this before it has claimed them. Later records can only be written under those claims.
      production.allow(during + settling);
      await until(async () => watch.durable() === during + settling, 'it writes all partitions', patienceMs);
      const before = await epochs();
      production.allow(records.length);
      await production.sent;
      await until(async () => watch.durable() === records.length, 'the later records are durable', patienceMs);
      expect(await epochs()).toEqual(before);
      process.stdout.write(
        `seed ${seed}: a storm of ${(lasted / 1000).toFixed(1)} s, ${joins(host).length} joins of the process that ` +
          `stayed, longest standstill of a partition ${watch.longestStandstill()} ms\n`,
      );
      expect(joins(host).length).toBeGreaterThan(guests);

      host.kill('SIGTERM');
      expect(await host.finished).toEndWith(0);
      await it.expectOracle(records);
    } catch (error) {
      const said = all.map((one) => one.said().slice(-1_500)).join('\n');
      throw new Error(`${error}\nwith SLUICE_TEST_SEED=${seed}\n${said}`, { cause: error });
    } finally {
      for (const one of all) one.kill('SIGKILL');
      await Promise.all(all.map((one) => one.finished));
    }
  });
});
