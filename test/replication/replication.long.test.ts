/**
 * Replication from end to end: a real PostgreSQL captured by a real Debezium, and `sluice replicate`, killed
 * repeatedly, into another PostgreSQL. The result counts: every table equal row by row, and every constraint valid.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readTables } from '../../engines/postgres/catalogue/read.ts';
import { loadDump } from '../../engines/postgres/load/dump/load-dump.ts';
import { type Running, until } from '../sluice.ts';
import { pgbenchInit, pgbenchRun } from './pgbench.ts';
import { type ReplicationStack, replicationStack, session } from './scene.ts';
import { runWorkload, seededRandom } from './workload.ts';

const fixture = readFileSync(new URL('../fixtures/replication.sql', import.meta.url), 'utf8');
/** Public data sets, if the machine has them. */
const pagila = fileURLToPath(new URL('../../../shared/data/pagila', import.meta.url));

/** `sluice replicate`, killed with -9 after a while and restarted, `kills` times. Returns the last run. */
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
  let stack: ReplicationStack;
  beforeAll(async () => {
    stack = await replicationStack();
  }, 300_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test.each([1, 4])(
    'of every hard case equals its source, in topics of %i partitions, after the consumer was killed',
    async (partitions) => {
      await using it = await stack.scene();
      await it.source.query(fixture);
      await runWorkload(it.source, { seed: 1, transactions: 200 });
      const during = new AbortController();
      // The snapshot is taken while transactions begin before it and end after it.
      const meanwhile = it.change({ seed: 2, transactions: 20_000, truncates: false, signal: during.signal });
      await it.connect('--partitions', String(partitions));
      await it.snapshotTaken();
      during.abort();
      expect(await meanwhile).toBeGreaterThan(10);
      // Values of a unique key move between partitions, each waiting for the other, which takes time.
      const changes = it.change({ seed: 3, transactions: partitions === 1 ? 3_000 : 600 });
      const running = await killed(it.replicate, 6, 3);
      await changes;
      await it.equal(running);
    },
  );

  test('of a transaction that is open across the snapshot, and of earlier changes that are streamed again, equals its source', async () => {
    await using it = await stack.scene();
    await it.source.query(`create table letters (id integer primary key, a text, b text unique, large text);
      insert into letters select n, 'old', n::text, repeat(md5(n::text), 500) from generate_series(1, 9) n;
      alter table letters alter large set storage external`);
    // The slot is older than the snapshot, so that a transaction can be open when the snapshot is taken.
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

  test('of every hard case equals its source, by messages without a schema, with types from the source', async () => {
    await using it = await stack.scene();
    await it.source.query(fixture);
    await runWorkload(it.source, { seed: 5, transactions: 200 });
    await it.connect('--schemas', 'off');
    const changes = it.change({ seed: 6, transactions: 500 });
    const running = it.replicate();
    await changes;
    await it.equal(running);
  });

  test('of the tables of pgbench, one of them without a key, equals its source', async () => {
    await using it = await stack.scene();
    await pgbenchInit(it.source, 2);
    await it.connect();
    const load = pgbenchRun(it.sourceUrl, 2, 20);
    const running = await killed(it.replicate, 3, 4);
    expect(await load).toBeGreaterThan(100);
    await it.equal(running);
  });

  test.skipIf(!existsSync(pagila))('of pagila equals its source', async () => {
    await using it = await stack.scene();
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
