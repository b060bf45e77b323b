/**
 * Replication from end to end: a real PostgreSQL captured by a real Debezium, and `sluice replicate`, killed again and
 * again, into another PostgreSQL. What counts is the end: every table equal row by row, and every constraint valid.
 */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readTables } from '../../adapters/postgres/catalogue/read.ts';
import { debianBinaries } from '../../stack/postgres-binaries.ts';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../../stack/stack.ts';
import { startGuardian } from '../guardian.ts';
import { type Running, sluice, start, until } from '../sluice.ts';
import { brokenConstraints, differences } from './compare.ts';
import { loadDump } from './load-dump.ts';
import { pgbenchInit, pgbenchRun } from './pgbench.ts';
import { runWorkload, seededRandom, type Workload } from './workload.ts';

const guardian = startGuardian();
const lines: string[] = [];
let root: string;
let dir: string;
let env: Record<string, string>;

const fixture = readFileSync(new URL('../fixtures/replication.sql', import.meta.url), 'utf8');
/** Public data sets, where the machine has them. */
const pagila = fileURLToPath(new URL('../../../shared/data/pagila', import.meta.url));

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  return client;
}

/** A database of the server of `url`, empty. */
async function database(url: string | undefined, name: string): Promise<string> {
  const admin = await session(url ?? '');
  await admin.query(`create database ${name}`).finally(() => admin.end());
  const own = new URL(url ?? '');
  own.pathname = `/${name}`;
  return own.href;
}

/** A source, a target, and a connector between the source and Kafka. */
async function scene() {
  const name = `r${Math.random().toString(36).slice(2, 10)}`;
  const sourceUrl = await database(env.SOURCE_URL, name);
  const targetUrl = await database(env.DATABASE_URL, name);
  const [source, target] = [await session(sourceUrl), await session(targetUrl)];
  const own = {
    KAFKA_BOOTSTRAP_SERVERS: env.KAFKA_BOOTSTRAP_SERVERS,
    KAFKA_CONNECT_URL: env.KAFKA_CONNECT_URL,
    SOURCE_URL: sourceUrl,
    TARGET_URL: targetUrl,
    DATABASE_URL: targetUrl,
    KAFKA_GROUP_ID: name,
    KAFKA_TOPIC_PATTERN: `^${name}\\.`,
    SLUICE_LOG_FORMAT: 'json',
  };
  const connector = (...args: readonly string[]) => sluice(['connector', ...args, '--name', name], { env: own });
  const begun: Running[] = [];
  const replicate = (...args: readonly string[]): Running => {
    const running = start(['replicate', ...args], { env: own, limit: 600_000 });
    begun.push(running);
    return running;
  };
  const letters = async () =>
    (
      await target.query(
        `select topic, partition, "offset", code, reason from sluice.dead_letter order by topic, partition, "offset" limit 10`,
      )
    ).rows;
  return {
    name,
    source,
    target,
    sourceUrl,
    env: own,
    replicate,
    connect: async (...args: readonly string[]) => {
      const { code, stderr } = await connector(
        'create',
        '--topic-prefix',
        name,
        '--slot',
        name,
        '--publication',
        name,
        ...args,
      );
      expect({ code, stderr }).toMatchObject({ code: 0 });
    },
    /** A workload in a session of its own. */
    change: async (workload: Workload): Promise<number> => {
      const client = await session(sourceUrl);
      return await runWorkload(client, workload).finally(() => client.end());
    },
    /** Waits until the connector has read all rows and follows the changes. */
    snapshotTaken: () =>
      until(
        async () => {
          const answer = await fetch(`${env.KAFKA_CONNECT_URL}/connectors/${name}/offsets`);
          const { offsets } = (await answer.json()) as { offsets: { offset: Record<string, unknown> }[] };
          const [first] = offsets;
          return first !== undefined && first.offset.snapshot === undefined;
        },
        'the snapshot is taken',
        60_000,
      ),
    /** Waits until the target equals the source, and ends what replicates. */
    equal: async (running: Running) => {
      const tables = await readTables(source, ['public']);
      let looked = 0;
      const same = async () => {
        // Comparing reads every row of both, so it is not done more often than every second.
        if (performance.now() - looked < 1_000) return false;
        looked = performance.now();
        const missing = await target.query(`select count(*)::integer as n from pg_tables where schemaname = 'public'`);
        if (missing.rows[0]?.n < tables.length) return false;
        const same = (await differences(source, target, tables, 1)).length === 0;
        looked = performance.now();
        return same;
      };
      try {
        await until(same, 'the target equals the source', 300_000);
      } catch (error) {
        const found = await differences(source, target, tables, 5).catch(String);
        throw new Error(
          `${error}\n${JSON.stringify(found, null, 1)}\n${JSON.stringify(await letters().catch(String))}\n${running.said().slice(-3_000)}`,
        );
      }
      // One that has only just started cannot end cleanly yet.
      await until(async () => /joined the group/.test(running.said()), 'it has joined', 60_000);
      running.kill('SIGTERM');
      const ended = [await running.finished, await replicate('--until-caught-up').finished];
      for (const { code, stdout, stderr } of ended) {
        expect({ code, said: (stdout + stderr).slice(-2_000) }).toMatchObject({ code: 0 });
      }
      expect(`${ended[1]?.stderr}${ended[1]?.stdout}`).toContain('all constraints of the replica hold');
      expect(await letters()).toEqual([]);
      expect(await brokenConstraints(target)).toEqual([]);
      const books = await target.query(
        `select topic, partition from sluice.checkpoint where read <> next_offset or read <> applied + superseded + filtered + parked`,
      );
      expect(books.rows).toEqual([]);
      const again = await target.query('select topic, partition from sluice.checkpoint where generation > 0');
      expect(again.rows).toEqual([]);
      expect((await target.query('select * from sluice.held_row')).rows).toEqual([]);
    },
    [Symbol.asyncDispose]: async () => {
      for (const running of begun) running.kill('SIGKILL');
      await connector('delete', '--drop-slot');
      await source.end();
      await target.end();
    },
  };
}

/** `sluice replicate`, killed with -9 after a while and started again, `kills` times; the last one goes on. */
async function killed(replicate: () => Running, kills: number, seed: number): Promise<Running> {
  const random = seededRandom(seed);
  for (let n = 0; n < kills; n += 1) {
    const running = replicate();
    await until(async () => /joined the group/.test(running.said()), 'it has joined', 60_000);
    await new Promise((resolve) => setTimeout(resolve, random() * 3_000));
    running.kill('SIGKILL');
    await running.finished;
  }
  return replicate();
}

describe.skipIf(inject('kafka') === null)('a replica', () => {
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-replication-'));
    // As root the servers run as another user, who has to get in.
    await chmod(root, 0o755);
    dir = join(root, '.sluice');
    guardian.watch(dir);
    const sourceBinaries = await debianBinaries(15);
    const state = await stackUp({
      dir,
      cacheDir: join(DEFAULT_DIR, 'cache'),
      connect: true,
      ports: { kafka: 0, postgres: 0, source: 0, connect: 0 },
      ...(sourceBinaries === undefined ? {} : { sourceBinaries }),
      report: (line) => void lines.push(line),
    });
    env = stackEnv(state);
  }, 300_000);

  afterAll(async () => {
    await stackDestroy(dir, () => undefined);
    await rm(root, { recursive: true, force: true });
    guardian.release(dir);
    await guardian[Symbol.asyncDispose]();
  }, 120_000);

  test.each([1, 4])(
    'of every hard case, in topics of %i partitions, while the consumer is killed',
    async (partitions) => {
      await using it = await scene();
      await it.source.query(fixture);
      await runWorkload(it.source, { seed: 1, transactions: 200 });
      const during = new AbortController();
      // The snapshot is taken while transactions begin before it and end behind it.
      const meanwhile = it.change({ seed: 2, transactions: 20_000, truncates: false, signal: during.signal });
      await it.connect('--partitions', String(partitions));
      await it.snapshotTaken();
      during.abort();
      expect(await meanwhile).toBeGreaterThan(10);
      // Values of a unique key go from partition to partition, each waiting for the other: that takes its time.
      const changes = it.change({ seed: 3, transactions: partitions === 1 ? 3_000 : 600 });
      const running = await killed(it.replicate, 6, 3);
      await changes;
      await it.equal(running);
    },
  );

  test('of a transaction that is open across the snapshot, and of changes before it that are streamed again', async () => {
    await using it = await scene();
    await it.source.query(`create table letters (id integer primary key, a text, b text unique, large text);
      insert into letters select n, 'old', n::text, repeat(md5(n::text), 500) from generate_series(1, 9) n;
      alter table letters alter large set storage external`);
    // The slot is older than the snapshot: only so can a transaction be open when the snapshot is taken.
    await it.source.query(`create publication ${it.name} for table letters`);
    await it.source.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [it.name]);
    await it.source.query(`update letters set a = 'gone soon' where id = 8; delete from letters where id = 8`);
    await it.source.query(`update letters set b = 'x' where id = 1; update letters set b = '1b' where id = 1;
      update letters set b = 'x' where id = 2; update letters set a = 'moves', id = 90 where id = 9`);
    const open = await session(it.sourceUrl);
    await open.query(`begin; update letters set a = 'new', b = '3b' where id = 3; delete from letters where id = 4;
      insert into letters values (40, 'new', '4', repeat('4', 9000)); update letters set id = 50, a = 'new' where id = 5`);
    await it.connect('--partitions', '2');
    await it.snapshotTaken();
    await open.query('commit').finally(() => open.end());
    const running = await killed(it.replicate, 2, 6);
    await it.source.query(`update letters set a = 'later' where id in (3, 40, 50, 90)`);
    await it.equal(running);
    const { rows } = await it.target.query(`select id, a from letters where a <> 'old' order by id`);
    expect(rows).toEqual([3, 40, 50, 90].map((id) => ({ id, a: 'later' })));
  });

  test('of every hard case, by messages without a schema, whose types the source tells', async () => {
    await using it = await scene();
    await it.source.query(fixture);
    await runWorkload(it.source, { seed: 5, transactions: 200 });
    await it.connect('--schemas', 'off');
    const changes = it.change({ seed: 6, transactions: 500 });
    const running = it.replicate();
    await changes;
    await it.equal(running);
  });

  test('of the tables of pgbench, one of them without a key', async () => {
    await using it = await scene();
    await pgbenchInit(it.source, 2);
    await it.connect();
    const load = pgbenchRun(it.sourceUrl, 2, 20);
    const running = await killed(it.replicate, 3, 4);
    expect(await load).toBeGreaterThan(100);
    await it.equal(running);
  });

  test.skipIf(!existsSync(pagila))('of pagila', async () => {
    await using it = await scene();
    await it.source.query('set standard_conforming_strings = off');
    for (const file of ['01-schema.sql.gz', '02-data-copy.sql.gz']) await loadDump(it.source, join(pagila, file));
    await it.source.query(`set search_path = public; set standard_conforming_strings = on`);
    for (const { qualified, key } of await readTables(it.source, ['public'])) {
      if (key.length === 0) await it.source.query(`alter table ${qualified} replica identity full`);
    }
    await it.connect();
    const running = await killed(it.replicate, 2, 5);
    await it.source.query(`
      update film set rental_rate = rental_rate + 1, description = description || ' New!' where film_id % 7 = 0;
      insert into payment (customer_id, staff_id, rental_id, amount, payment_date)
        select customer_id, staff_id, rental_id, 1.5, '2007-03-03' from payment order by payment_id limit 50;
      update payment set amount = amount + 0.01 where payment_id % 100 = 0;
      delete from payment where payment_id % 99 = 0;
      update customer set active = 0 where customer_id % 11 = 0`);
    await it.equal(running);
  });
});
