/**
 * Faults while a replica runs are reported, with a real Debezium: tables and partitions whose changes do not arrive,
 * connectors that lag, missing rows. No exit code is 0 meanwhile.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { start, until } from '../sluice.ts';
import { type ReplicationStack, replicationStack, type Scene, session } from './scene.ts';

let stack: ReplicationStack;

describe.skipIf(inject('kafka') === null)('a replica whose source changes', () => {
  beforeAll(async () => {
    stack = await replicationStack();
  }, 300_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test('names each table and partition whose changes do not arrive, in every command, and ends with 5', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create table remade (id int primary key, v text); insert into remade values (1, 'old');
      create table renamed (id int primary key); create table moved (id int primary key); create table dropped (id int primary key);
      create table taken_out (id int primary key); create table other_key (id int primary key, v int not null unique);
      create table other_identity (id int primary key, v int not null unique); create table sound (id int primary key);
      create table ev (id int, ts date, primary key (id, ts)) partition by range (ts);
      create table ev_2023 partition of ev for values from ('2023-01-01') to ('2024-01-01');
      create table ev_2024 partition of ev for values from ('2024-01-01') to ('2025-01-01');
      create table ev_2025 partition of ev for values from ('2025-01-01') to ('2026-01-01');
      insert into ev values (1, '2023-02-02'), (2, '2024-02-02'), (3, '2025-02-02')`);
    await it.connect();
    await it.snapshotTaken();
    expect(await it.connector('status')).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') });
    const sound = await it.replicate('--until-caught-up').finished;
    expect({ code: sound.code, said: sound.stderr }).toMatchObject({
      code: 0,
      said: expect.stringMatching(
        /caught up: 2 tables: 4 read = 4 applied .*all constraints hold; rows were not compared/,
      ),
    });

    // A partition created as such, and a TRUNCATE of the root, are in the stream.
    await it.source.query(`
      create table ev_2026 partition of ev for values from ('2026-01-01') to ('2027-01-01'); truncate ev;
      insert into ev values (4, '2023-02-02'), (5, '2024-02-02'), (6, '2025-02-02'), (7, '2026-02-02')`);
    expect(await it.connector('status')).toEndWith(0);

    await it.source.query(`
      drop table remade; create table remade (id int primary key, v text); insert into remade values (1, 'new');
      alter table renamed rename to called_otherwise; create schema s; alter table moved set schema s; drop table dropped;
      alter publication ${it.name} drop table taken_out;
      alter table other_key drop constraint other_key_pkey, add primary key (v);
      alter table other_identity replica identity using index other_identity_v_key;
      alter table ev detach partition ev_2025; drop table ev_2024;
      create table ev_2027 (like ev); insert into ev_2027 values (8, '2027-02-02');
      alter table ev attach partition ev_2027 for values from ('2027-01-01') to ('2028-01-01')`);
    const faults = [
      'public.remade was dropped and created again',
      'public.renamed is public.called_otherwise in the source now',
      'public.moved is s.moved in the source now',
      'public.dropped is gone from the source',
      'public.taken_out is not in the publication',
      'the primary key of public.other_key was (id) and is (v)',
      'the replica identity of public.other_identity was default and is index v',
      'the partition public.ev_2025 of public.ev was detached',
      'the partition public.ev_2024 of public.ev was dropped',
      'the partition public.ev_2027 was attached to public.ev',
    ];
    const status = await it.connector('status', '--json');
    expect(status.code).toBe(5);
    const said = JSON.parse(status.stdout).faults.join('\n');
    for (const fault of faults) expect(said).toContain(fault);
    // Commands name all tables of the connector.
    expect(said.replaceAll(/`[^`]*`/g, '')).not.toContain('public.sound');
    expect(said).toContain(`--slot ${it.name}`);

    const whole = await it.sluice('status', '--json');
    expect(whole.code).toBe(5);
    const { state, sentence, remark } = JSON.parse(whole.stdout);
    expect(`${state} ${sentence}`).toMatch(/^(incomplete|stalled) /);
    for (const fault of faults) expect(remark).toContain(fault);

    const held = await it.replicate('--until-caught-up').finished;
    expect(held).toMatchObject({ code: 1, stderr: expect.stringContaining('public.ev is defined differently') });
    await it.target.query(`
      create table ev_2026 partition of ev for values from ('2026-01-01') to ('2027-01-01');
      create table ev_2027 partition of ev for values from ('2027-01-01') to ('2028-01-01')`);
    const ended = await it.replicate('--until-caught-up').finished;
    expect(ended.stderr).toContain('public.remade was dropped and created again');
    expect(ended.code).not.toBe(0);

    // create captures existing tables, and still reports those whose changes it has missed.
    await it.source.query('alter table other_identity replica identity default');
    const again = await it.create();
    expect({ code: again.code, said: again.stderr }).toMatchObject({
      code: 0,
      said: expect.stringMatching(/changes of public\.remade were made while it was not captured/),
    });
    const after = JSON.parse((await it.connector('status', '--json')).stdout).faults.join('\n');
    expect(after).toContain('changes of public.remade were made while it was not captured');
    expect(after).toContain('changes of public.taken_out were made while it was not captured');
    // Only a person knows whether the rows of partitions were corrected in the replica.
    expect(after).toContain('On the target: ALTER TABLE public.ev DETACH PARTITION public.ev_2025;');
    expect(after).toContain('On the target: DROP TABLE IF EXISTS public.ev_2024;');
    expect(after).toContain(`--note-partitions 'public.ev_2024'`);
    expect(await it.create('--note-partitions', 'public.ev_2024,public.ev_2025,public.ev_2027')).toEndWith(0);
    expect(JSON.parse((await it.connector('status', '--json')).stdout).faults.join()).not.toContain('the partition');
    const refused = await it.connector('snapshot', '--tables', 'public.remade');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[changes_missed]') });
  }, 240_000);

  test('ends with 5 when publications are narrowed, a partition is emptied, or nobody reads a slot', async () => {
    await using it = await stack.scene();
    await it.source.query(`
      create table a (id int primary key, v text); insert into a values (1, 'x');
      create table ev (id int, ts date, primary key (id, ts)) partition by range (ts);
      create table ev_2023 partition of ev for values from ('2023-01-01') to ('2024-01-01');
      create table ev_2024 partition of ev for values from ('2024-01-01') to ('2025-01-01')`);
    await it.connect();
    await it.snapshotTaken();
    const faultsNow = async () => {
      const { code, stdout } = await it.connector('status', '--json');
      return { code, said: JSON.parse(stdout).faults.join('\n') };
    };
    expect(await faultsNow()).toEqual({ code: 0, said: '' });
    await it.source.query(`truncate ev_2024; alter publication ${it.name} set (publish = 'insert, update')`);
    let now = await faultsNow();
    expect(now.code).toBe(5);
    expect(now.said).toContain('the files of public.ev_2024 have changed');
    expect(now.said).toContain(`the publication ${it.name} does not publish delete, truncate`);
    await it.source.query(`
      alter publication ${it.name} set (publish = 'insert, update, delete, truncate', publish_via_partition_root = false);
      alter publication ${it.name} set table a where (id > 5), ev`);
    now = await faultsNow();
    expect(now.said).toContain('sends only rows of public.a with (id > 5)');
    expect(now.said).toContain('sends changes of public.ev under the names of its partitions');
    await it.source.query(`alter publication ${it.name} set table a (id), ev`);
    expect((await faultsNow()).said).toContain('does not send v of public.a');
    // It has everything again, but the changes that it left out meanwhile are unknown.
    await it.source.query(`alter publication ${it.name} set table a, ev`);
    await it.source.query(`alter publication ${it.name} set (publish_via_partition_root = true)`);
    now = await faultsNow();
    expect({ code: now.code, said: now.said }).toMatchObject({
      code: 5,
      said: expect.stringContaining(`the publication ${it.name} was altered since the connector was made`),
    });

    // The publication is gone: the walsender of PostgreSQL 15 fails at each change, and Debezium retries.
    await it.source.query(`drop publication ${it.name}; insert into a values (2, 'lost')`);
    await until(async () => /steadily/.test((await faultsNow()).said), 'the connector does not get on', 60_000);
    expect((await faultsNow()).code).toBe(5);
    const status = await it.sluice('status');
    expect(status.code).toBe(5);
    expect(status.stdout).not.toMatch(/^healthy|^idle/);
    const ended = await it.replicate('--until-caught-up').finished;
    expect({ code: ended.code, said: ended.stderr }).toMatchObject({
      code: 5,
      said: expect.stringContaining('replica_incomplete'),
    });
    const away = await it.connector('status', '--source-url', it.sourceUrl.replace(/:\d+\//, ':1/'));
    expect(away).toMatchObject({ code: 5, stderr: expect.stringContaining('could not be checked') });
  }, 240_000);

  test('connectors that do not get on end every command with 5: slot dropped, no right to replicate, no right to log in', async () => {
    const harms: readonly ((it: Scene) => string)[] = [
      ({ name }) => `select pg_drop_replication_slot('${name}')`,
      ({ name }) => `alter role ${name} nosuperuser noreplication`,
      ({ name }) => `alter role ${name} nologin`,
    ];
    // At the same time, as most of it is waiting.
    const ended = harms.map(async (harm) => {
      await using it = await stack.scene();
      await it.source.query(
        `create role ${it.name} superuser login password 'secret'; create table a (id int primary key); insert into a values (1)`,
      );
      const url = new URL(it.sourceUrl);
      url.username = it.name;
      url.password = 'secret';
      await it.connect('--source-url', url.href);
      await it.snapshotTaken();
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${it.name}'`;
      const isHarmed = async () => {
        await it.source.query(end);
        return await it.source.query(harm(it)).then(
          () => true,
          () => false,
        );
      };
      await until(isHarmed, 'it is harmed', 20_000);
      await it.source.query(`${end}; insert into a values (2)`);
      const [own, whole, replicated] = await Promise.all([
        it.connector('status'),
        it.sluice('status'),
        it.replicate('--until-caught-up').finished,
      ]);
      await it.source.query(`alter role ${it.name} superuser login`);
      return { own, whole, replicated };
    });
    for (const { own, whole, replicated } of await Promise.all(ended)) {
      expect(own).toEndWith(5);
      expect(whole).toEndWith(5);
      expect(whole.stdout).not.toMatch(/^(healthy|idle)/);
      expect(replicated).toEndWith(5);
    }
  }, 240_000);

  test('gets the rows of later tables by a snapshot beside updates and deletes, which overwrites nothing newer', async () => {
    await using it = await stack.scene();
    await it.source.query('create table first (id int primary key); insert into first values (1)');
    await it.connect('--tables', 'first');
    await it.snapshotTaken();
    await it.source.query(`
      create table later (id int primary key, n int not null, v text); insert into later select g, 0, 'there' from generate_series(1, 20000) g;
      create table "Order_Items" (a text, b int, primary key (a, b)); insert into "Order_Items" select 'k', g from generate_series(1, 50) g;
      create table empty_one (id uuid primary key); create table "a b" (id int primary key); insert into "a b" values (1), (2);
      create table wide (id int primary key, n int, big text); alter table wide alter big set storage external;
      alter table wide replica identity full;
      insert into wide select g, 0, repeat('x', 5000) || g from generate_series(1, 500) g;
      create table without_key (v text); alter table without_key replica identity full`);
    const added = await it.create('--tables', 'first,later,public.Order_Items,empty_one,without_key,wide,public.a b');
    expect({ code: added.code, said: added.stderr }).toMatchObject({
      code: 0,
      said: expect.stringContaining("connector snapshot --tables 'public.later'"),
    });
    const published = async () =>
      (await it.source.query(`select from pg_publication_tables where pubname = $1`, [it.name])).rows.length === 7;
    await until(published, 'the publication holds the tables', 30_000);
    expect(await it.connector('status')).toMatchObject({ code: 5, stderr: expect.stringContaining('are not read') });
    expect(await it.connector('snapshot', '--tables', 'without_key')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[snapshot_needs_key]'),
    });
    expect(await it.connector('snapshot', '--tables', 'nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[tables_missing]'),
    });

    const running = it.replicate();
    // These changes arrive before the rows.
    await it.source.query('update wide set n = 1 where id % 5 = 0; update wide set id = -id where id % 50 = 1');
    await it.source.query('delete from wide where id % 7 = 0');
    const writer = await session(it.sourceUrl);
    let writes = true;
    const writing = (async () => {
      for (let round = 0; writes; round += 1) {
        await writer.query('update later set n = n + 1, v = $1 where id % 97 = $2', [`round ${round}`, round % 97]);
        await writer.query('delete from later where id = $1', [1 + ((round * 7919) % 20000)]);
        await writer.query(`insert into later values ($1, 1, 'new') on conflict do nothing`, [30_000 + round]);
        await writer.query('update wide set n = n + 1 where id % 31 = $1', [round % 31]);
        // One transaction is open while pieces are read, and one is rolled back.
        await writer.query('begin; update later set v = $$open$$ where id % 101 = 5');
        await writer.query(`select pg_sleep(0.05)`);
        await writer.query(round % 3 === 0 ? 'rollback' : 'commit');
      }
    })();
    const read = await it.connector('snapshot', '--tables', 'later,public.Order_Items,empty_one,wide,public.a b');
    writes = false;
    await writing.finally(() => writer.end());
    expect(read).toEndWith(0);
    expect(read.stdout).toMatch(/rows are in Kafka/);
    expect((await it.sluice('connector', 'list')).stdout).not.toContain(`${it.name}-snapshot`);
    // The same snapshot again changes nothing.
    const repeated = await it.connector('snapshot', '--tables', 'later');
    expect(repeated).toEndWith(0);
    expect(await it.connector('status')).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/rows that public\.without_key had/),
    });
    const noted = await it.create('--tables', 'first,later,public.Order_Items,empty_one,wide,public.a b');
    expect(noted).toEndWith(0);
    await it.source.query('drop table without_key');
    await it.equal(running);
  }, 300_000);

  test('has nothing left of a stopped snapshot, and the next snapshot removes the rest of a killed one', async () => {
    await using it = await stack.scene();
    await it.source.query('create table first (id int primary key); insert into first values (1)');
    await it.connect('--tables', 'first');
    await it.snapshotTaken();
    await it.source.query(
      `create table later (id int primary key, v text); insert into later select g, repeat('x', 200) from generate_series(1, 100000) g`,
    );
    expect(await it.create('--tables', 'first,later')).toEndWith(0);
    const list = async () => (await it.sluice('connector', 'list')).stdout;
    const reading = async () => {
      const running = start(['connector', 'snapshot', '--tables', 'later', '--name', it.name], { env: it.env });
      await until(async () => (await list()).includes(`${it.name}-snapshot`), 'the rows are read', 30_000);
      return running;
    };
    const stopped = await reading();
    stopped.kill('SIGINT');
    expect(await stopped.finished).toEndWith(130);
    expect(await list()).not.toContain('-snapshot');
    expect(await it.connector('status')).toMatchObject({ code: 5, stderr: expect.stringContaining('are not read') });

    const killed = await reading();
    killed.kill('SIGKILL');
    await killed.finished;
    expect(await list()).toContain(`${it.name}-snapshot`);
    // The remaining connector feeds nothing that is still needed, and is removed first.
    const running = it.replicate();
    const read = await it.connector('snapshot', '--tables', 'later');
    expect(read).toEndWith(0);
    expect(read.stdout).toContain('100000 rows');
    await it.equal(running);
    await (await reading()).finished;
    const left = await reading();
    left.kill('SIGKILL');
    expect(await it.connector('delete')).toEndWith(0);
    expect(await list()).not.toContain(it.name);
  }, 300_000);

  test('reports an ENABLE ALWAYS trigger at the target when its table is first written', async () => {
    await using it = await stack.scene();
    await it.source.query('create table t (id int primary key, v text); insert into t values (1, $$a$$)');
    await it.target.query(`
      create table t (id int primary key, v text);
      create function loud() returns trigger language plpgsql as $$ begin new.v := upper(new.v); return new; end $$;
      create trigger shouts before insert on t for each row execute function loud();
      alter table t enable always trigger shouts`);
    await it.connect();
    await it.snapshotTaken();
    const { stderr } = await it.replicate('--until-caught-up').finished;
    expect(stderr).toContain('trigger shouts of t also fires for replicated rows');
    expect(stderr).toContain('ALTER TABLE t ENABLE TRIGGER shouts;');
  }, 120_000);
});
