/**
 * The soak `mariadb-kills`: a PostgreSQL changes, Debezium captures the changes, and three workers of one consumer group write them
 * into MariaDB, while one of them, at random, is killed with `kill -9` and started again. In the end every row is equal, nothing is
 * parked, and the record counts balance.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type mysql from 'mysql2/promise';
import pg from 'pg';
import { expect } from 'vitest';
import { joinedAlone, oneOf } from '../faults/joined-workers.ts';
import { bothSides } from '../replication/both-sides.ts';
import { type Databases, databases, type MigrationStack } from '../replication/mariadb-scene.ts';
import { seededRandom } from '../replication/workload.ts';
import { type Finished, type Running, start, until } from '../sluice.ts';
import { changingTables, randomTransaction, tableNames } from './changing-tables.ts';

/** How much is changed, and how often a worker is killed. */
export type KillsOptions = { readonly seed: number; readonly changes: number; readonly kills: number };

/** The result of a run. */
export type KillsResult = KillsOptions & {
  /** Rows that the source changed in transactions that it committed, those of the beginning included. */
  readonly changed: number;
  /** Records that Debezium wrote to the topics. */
  readonly records: number;
  /** Rows of all tables in the end. */
  readonly rows: number;
  readonly seconds: number;
  readonly counters: Counters;
};

/** The sums of all checkpoints. */
export type Counters = {
  readonly read: number;
  readonly applied: number;
  readonly superseded: number;
  readonly filtered: number;
  readonly parked: number;
};

/** Most changes that the source may be ahead of the target, so that workers are killed while changes are made, too. */
const mostAhead = 20_000;
const limits = { join: 60_000, progress: 300_000, process: 3_000_000 };

/** Runs it and checks the result. `name` is that of its databases, topics and connector. */
export async function mariadbKills(stack: MigrationStack, name: string, options: KillsOptions): Promise<KillsResult> {
  const began = performance.now();
  const it = await databases(stack.env, name);
  const random = seededRandom(options.seed + 1_000);
  await it.source.query(changingTables);
  expect(await it.run(['connector', 'create', '--tables', 'public.*', '--heartbeat', '1'])).toEndWith(0);
  expect(await it.run(['schema', 'apply'])).toEndWith(0);
  const workers = new ThreeWorkers(it);
  try {
    await until(async () => workers.haveJoined(), 'all three workers have joined', limits.join);
    const life = changeRows(it, options);
    let failure: unknown;
    // Also handled below, where the promise is awaited.
    life.catch((error: unknown) => {
      failure = error;
    });
    const follow = (condition: () => Promise<boolean>, what: string) =>
      until(
        async () => {
          workers.requireRunning();
          if (failure !== undefined) throw failure;
          return await condition();
        },
        what,
        limits.progress,
      );
    for (let kill = 0; kill < options.kills; kill += 1) {
      const after = Math.floor((options.changes * (kill + random())) / (options.kills + 1));
      await follow(async () => (await countersOf(it)).read >= after, `${after} records are durable for kill ${kill}`);
      await sleep(random() * 1_500);
      await workers.kill(random);
    }
    const changed = await life;
    await it.source.query('insert into finished values (1)');
    await until(async () => workers.haveJoined(), 'all three workers have joined again', limits.join);
    await follow(async () => (await count(it.target, 'finished')) > 0, 'the last change has arrived');
    await follow(async () => (await countersOf(it)).read >= (await recordsIn(it)), 'every record is durable');
    for (const ended of await workers.stop()) expect(ended).toEndWith(0);
    expect(await replicate(it, '--parallelism', '3', '--until-caught-up').finished).toEndWith(0);
    const rows = await expectEqual(it);
    const counters = await expectBalanced(it);
    const seconds = Math.round((performance.now() - began) / 1000);
    return { ...options, changed, records: counters.read, rows, seconds, counters };
  } catch (error) {
    throw new Error(`with the seed ${options.seed}\n${workers.said()}`, { cause: error });
  } finally {
    await workers.end();
    await it.run(['connector', 'delete', '--drop-slot', '--name', name]);
    await it.end();
  }
}

/** One line for a person. */
export const describeKills = ({
  seed,
  changes,
  changed,
  kills,
  records,
  rows,
  seconds,
  counters,
}: KillsResult): string =>
  `seed ${seed}: ${changed} changes (${changes} wanted), ${kills} kill -9, ${records} records, ${rows} rows equal in ` +
  `${tableNames.length} tables, ${seconds} s; ${counters.read} read = ${counters.applied} applied + ` +
  `${counters.superseded} superseded + ${counters.filtered} filtered + ${counters.parked} parked`;

const replicate = (it: Databases, ...more: string[]): Running =>
  start(['replicate', '--topics', it.topics, ...more], { env: it.env, limit: limits.process });

/** Two workers under a supervisor, which starts them again, and one alone, which the test starts again as a service manager would. */
class ThreeWorkers {
  readonly #it: Databases;
  readonly #supervisor: Running;
  #alone: Running;
  /** How a process ended that was not killed by the test. */
  #ended: Finished | undefined;

  constructor(it: Databases) {
    this.#it = it;
    this.#supervisor = this.#start('--parallelism', '2');
    this.#alone = this.#start();
  }

  #start(...more: string[]): Running {
    const running = replicate(this.#it, ...more);
    void running.finished.then((ended) => {
      // A killed process has no exit code.
      if (ended.code !== null) this.#ended ??= ended;
    });
    return running;
  }

  /** Throws if one of them ended by itself. */
  requireRunning(): void {
    if (this.#ended !== undefined) expect(this.#ended).toEndWith(0);
  }

  haveJoined(): boolean {
    const both = new Set([oneOf(this.#supervisor, 0), oneOf(this.#supervisor, 1)]);
    return joinedAlone(this.#alone) !== undefined && both.size === 2;
  }

  /** Kills one of them that has joined the group, and starts it again. */
  async kill(random: () => number): Promise<void> {
    const isAlone = random() < 1 / 3;
    const chance = random();
    const victim = () => (isAlone ? joinedAlone(this.#alone) : oneOf(this.#supervisor, chance));
    await until(async () => victim() !== undefined, 'a victim has joined', limits.join);
    process.kill(victim() ?? 0, 'SIGKILL');
    if (!isAlone) return;
    await this.#alone.finished;
    this.#alone = this.#start();
  }

  /** Stops them as a service manager does. */
  async stop() {
    const all = [this.#supervisor, this.#alone];
    for (const one of all) one.kill('SIGTERM');
    return await Promise.all(all.map(({ finished }) => finished));
  }

  said(): string {
    return `${this.#supervisor.said().slice(-4_000)}\n${this.#alone.said().slice(-3_000)}`;
  }

  /** Ends what still runs. A supervisor that is asked stops its workers itself. */
  async end(): Promise<void> {
    this.#supervisor.kill('SIGTERM');
    this.#alone.kill('SIGKILL');
    await Promise.all([this.#supervisor.finished, this.#alone.finished]);
  }
}

/** Changes rows until that many have been changed, never far ahead of the target. Returns their number. */
async function changeRows(it: Databases, { seed, changes }: KillsOptions): Promise<number> {
  const random = seededRandom(seed);
  const client = new pg.Client({ connectionString: it.sourceUrl });
  await client.connect();
  let changed = 0;
  try {
    for (const table of tableNames) changed += await count(client, table);
    while (changed < changes) {
      const { statements, isRolledBack } = randomTransaction(random);
      await client.query('begin');
      let rows = 0;
      for (const sql of statements) rows += (await client.query(sql)).rowCount ?? 1;
      await client.query(isRolledBack ? 'rollback' : 'commit');
      if (!isRolledBack) changed += rows;
      const isNear = async () => changed - (await countersOf(it)).read < mostAhead;
      await until(isNear, 'the target is not far behind', limits.progress);
    }
  } finally {
    await client.end();
  }
  return changed;
}

async function count(client: pg.Client | mysql.Connection, table: string): Promise<number> {
  const sql = `select count(*) as rows_ from ${table}`;
  if (client instanceof pg.Client) return Number((await client.query<{ rows_: string }>(sql)).rows[0]?.rows_);
  return Number((await client.query<mysql.RowDataPacket[]>(sql))[0][0]?.rows_);
}

async function countersOf({ target, env }: Databases): Promise<Counters> {
  const names = ['read', 'applied', 'superseded', 'filtered', 'parked'] as const;
  const [rows] = await target.query<mysql.RowDataPacket[]>(
    `select ${names.map((one) => `coalesce(sum(\`${one}\`), 0) as \`${one}\``).join(', ')} from sluice.checkpoint where pipeline = ?`,
    [env.KAFKA_GROUP_ID],
  );
  const of = (one: (typeof names)[number]) => Number(rows[0]?.[one]);
  return {
    ...{ read: of('read'), applied: of('applied'), superseded: of('superseded') },
    ...{ filtered: of('filtered'), parked: of('parked') },
  };
}

/** The records in the topics of the tables. */
async function recordsIn({ env, topics }: Databases): Promise<number> {
  const brokers = (env.KAFKA_BOOTSTRAP_SERVERS ?? '').split(',');
  const admin = new Kafka({ clientId: 'soak', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const names = (await admin.listTopics()).filter((topic) => topic.search(topics) >= 0);
    const ends = await Promise.all(names.map((topic) => admin.fetchTopicOffsets(topic)));
    return ends.flat().reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Every row of every table is equal. Returns the number of rows. */
async function expectEqual({ source, target }: Databases): Promise<number> {
  await source.query(`set timezone = 'UTC'`);
  let rows = 0;
  for (const table of tableNames) {
    const { expected, found } = await bothSides(source, target, 'public', table);
    expect(found.length, table).toBe(expected.length);
    expect(found, table).toEqual(expected);
    rows += expected.length;
  }
  return rows;
}

/** Every record is counted once, in each partition, and none is parked. Returns the sums. */
async function expectBalanced(it: Databases): Promise<Counters> {
  const [unbalanced] = await it.target.query<mysql.RowDataPacket[]>(
    `select topic, \`partition\` from sluice.checkpoint
     where pipeline = ? and (\`read\` <> next_offset or \`read\` <> applied + superseded + filtered + parked)`,
    [it.env.KAFKA_GROUP_ID],
  );
  expect(unbalanced).toEqual([]);
  const [parked] = await it.target.query<mysql.RowDataPacket[]>(
    'select topic, `offset`, code, reason from sluice.dead_letter where pipeline = ? limit 5',
    [it.env.KAFKA_GROUP_ID],
  );
  expect(parked).toEqual([]);
  const counters = await countersOf(it);
  const { read, applied, superseded, filtered } = counters;
  expect(counters).toMatchObject({ parked: 0, read: applied + superseded + filtered });
  expect(read).toBe(await recordsIn(it));
  return counters;
}
