/** Proves that a load from PostgreSQL into MariaDB keeps every value, continues after interruptions, and keeps what does not fit. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { exactCollation } from '../../engines/mysql/collation.ts';
import { mysqlAddress } from '../../engines/mysql/connection/address.ts';
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { openSession } from '../../engines/mysql/connection/open-session.ts';
import { quoted } from '../../engines/mysql/identifiers.ts';
import { enterChunk, markChunk } from '../../engines/mysql/load/ledger.ts';
import { mysqlLoadTarget } from '../../engines/mysql/load/load-target.ts';
import { describeTables } from '../../engines/postgres/catalogue/describe.ts';
import { postgresLoadSource } from '../../engines/postgres/load/load-source.ts';
import { defaultPolicies } from '../../engines/types/policies.ts';
import { castToMysql } from '../../engines/types/to-mysql/column-cast.ts';
import { freshDatabase } from '../../test/context.ts';
import { countingSource, untilPaused } from '../../test/counting-source.ts';
import { databaseOf } from '../../test/database-of.ts';
import { describeMariadb, freshMariadb, serverFlavor } from '../../test/mariadb.ts';
import { equalTexts, typeCases, typeSetup } from '../../test/postgres-values.ts';
import { slowProxy } from '../../test/slow-proxy.ts';
import { type LoadConfig, startLoad } from './load.ts';

const mebibyte = 2 ** 20;

/** A source with these tables, and a target that has them empty. */
async function scene(ddl: string) {
  const database = await freshDatabase('load');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set lc_monetary = 'C'`);
  await client.query(ddl);
  const mariadb = await freshMariadb('load');
  const bookkeeping = `${mariadb.name}_s`;
  const address: MysqlDatabase = { ...mysqlAddress(mariadb.url), bookkeeping };
  const session = await openSession(address, 'test');
  for (const table of await describeTables(client)) {
    const at = { flavor: session.flavor, policies: defaultPolicies, digits: null };
    const key = table.primaryKey?.columns ?? [];
    const columns = table.columns.map(({ name, type }) => {
      const cast = castToMysql(type, { ...at, keyLimit: key.includes(name) ? 50 : null });
      return `${quoted(name)} ${cast.sqlType}`;
    });
    const primary = key.length === 0 ? '' : `, primary key (${key.map(quoted).join(', ')})`;
    await session.run(
      `create table ${quoted(table.name)} (${columns.join(', ')}${primary}) collate ${exactCollation[session.flavor]}`,
    );
  }
  const source = postgresLoadSource(databaseOf(database.url));
  const targetAt = (more: Partial<MysqlDatabase> = {}) =>
    mysqlLoadTarget({ ...address, ...more }, { databaseOf: () => mariadb.name, policies: { all: {}, columns: {} } });
  const load = (more: Partial<LoadConfig> = {}) =>
    startLoad({
      source,
      target: targetAt(),
      isWanted: () => true,
      connections: 2,
      chunkRows: 1_000,
      ...more,
    });
  return {
    client,
    session,
    address,
    source,
    targetAt,
    load,
    database: mariadb.name,
    bookkeeping,
    identity: async () => {
      const reader = await source.open('test');
      return await reader.identity().finally(() => reader.close());
    },
    refusals: () =>
      session.rows<{ code: string; field: string | null; cells: string }>(
        `select code, field, cells from ${session.own('load_refusal')} order by id`,
      ),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await session.run(`drop database if exists ${quoted(bookkeeping)}`);
      await session.end();
      await mariadb[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describeMariadb('a load into MariaDB', () => {
  test('keeps every value of every type equal, or keeps its row with the reason', async () => {
    const cases = typeCases(serverFlavor);
    const tables = cases.map(({ type, kept, parked }, at) => {
      const values = [...kept, ...parked].map((value, id) => `(${id}, ${value})`);
      return `create table t${at} (id int primary key, v ${type}); insert into t${at} values ${values.join(', ')};`;
    });
    await using it = await scene(typeSetup + tables.join('\n'));
    const result = await it.load().done;
    for (const [at, { type, kept, parked, compare, read = 'cast(? as char)', source = '?' }] of cases.entries()) {
      const { rows } = await it.client.query<{ id: number; v: string | null }>(
        `select id, (${source.replace('?', 'v')})::text as v from t${at} order by id`,
      );
      const found = await it.session.rows<{ id: string; v: string | null }>(
        `select id, ${read.replace('?', 'v')} as v from t${at} order by id`,
      );
      expect(
        found.map(({ id }) => Number(id)),
        type,
      ).toEqual(kept.map((_, id) => id));
      for (const { id, v } of found)
        expect(equalTexts(compare, v, rows[Number(id)]?.v ?? null), `${type} ${kept[Number(id)]}: ${v}`).toBe(true);
      expect(result.tables.find(({ name }) => name === `public.t${at}`)).toMatchObject({
        rows: kept.length,
        refused: parked.length,
      });
    }
    expect(await it.refusals()).toHaveLength(cases.reduce((sum, { parked }) => sum + parked.length, 0));
  });

  test('reads by ranges of any key, in many chunks, and does nothing when it is run again', async () => {
    await using it = await scene(`
      create table numbers (id bigint primary key, v text); insert into numbers select g * 3 - 9000, 'v' || g from generate_series(1, 10500) g;
      create table pairs (a text collate "C", b date, v int, primary key (b, a));
      insert into pairs select 'a''\\' || g % 7, date '2020-01-01' + g / 7, g from generate_series(1, 3500) g;
      create table keyless (v int); insert into keyless select g % 10 from generate_series(1, 2500) g;
      create table nothing (id int primary key)`);
    const chunks: string[] = [];
    const first = it.load();
    first.events.subscribe((event) => event.type === 'chunkLoaded' && chunks.push(`${event.table} ${event.number}`));
    const { tables } = await first.done;
    expect(tables.map(({ name, rows, refused }) => [name, rows, refused])).toEqual([
      ['public.keyless', 2500, 0],
      ['public.nothing', 0, 0],
      ['public.numbers', 10500, 0],
      ['public.pairs', 3500, 0],
    ]);
    expect(chunks.filter((one) => one.startsWith('public.numbers'))).toHaveLength(11);
    const sums = async () =>
      await it.session.cells(
        'select (select sum(id) from numbers), (select count(distinct a, b) from pairs), (select sum(v) from keyless)',
      );
    expect(await sums()).toEqual([['70890750', '3500', '11250']]);
    expect((await it.load().done).tables).toEqual(tables);
    expect(await sums()).toEqual([['70890750', '3500', '11250']]);
  });

  test('continues after a stop in the middle, and loads no row twice', async () => {
    await using it = await scene(
      `create table t (id int primary key, v text); insert into t select g, repeat('x', 100) from generate_series(1, 40000) g`,
    );
    for (let stops = 0; stops < 3; stops += 1) {
      const running = it.load();
      let loaded = 0;
      running.events.subscribe((event) => {
        if (event.type !== 'chunkLoaded') return;
        loaded += 1;
        if (loaded === 7) running.stop(new Error('enough'));
      });
      await expect(running.done).rejects.toThrow('enough');
    }
    const { tables } = await it.load().done;
    expect(tables).toEqual([{ name: 'public.t', rows: 40000, refused: 0 }]);
    expect(await it.session.cells('select count(*), sum(id) from t')).toEqual([['40000', '800020000']]);
  });

  test('a row that only the server refuses is kept alone, with its reason', async () => {
    await using it = await scene(
      `create table t (id int primary key, v text); insert into t select g, 'v' || g % 999 from generate_series(1, 1999) g`,
    );
    await it.session.run('alter table t modify v varchar(4) not null, add check (id <> 17), add unique (v)');
    const { tables } = await it.load({ chunkRows: 5_000 }).done;
    // The values repeat after 999 rows, and 1016 takes the value that 17 leaves free.
    expect(tables).toEqual([{ name: 'public.t', rows: 999, refused: 1000 }]);
    const refused = await it.refusals();
    expect(refused.find(({ cells }) => cells.includes('"17"'))).toMatchObject({ code: 'refused_by_database' });
  });

  test('refuses a table with rows of which it knows nothing, and a second load at the same time', async () => {
    await using it = await scene('create table t (id int primary key); insert into t values (1)');
    await it.session.run('insert into t values (2)');
    await expect(it.load().done).rejects.toMatchObject({ code: 'table_not_empty' });
    await it.session.run('delete from t');
    await it.session.run('alter table t drop column id, add other int');
    await expect(it.load().done).rejects.toMatchObject({ code: 'columns_missing' });
  });

  test('does not take rows of another database, or rows that are gone, for loaded', async () => {
    const ddl = 'create table t (id int primary key); insert into t values (1), (2)';
    await using it = await scene(ddl);
    await using other = await scene(ddl);
    await it.load().done;
    // Both write to one server, with one bookkeeping, into databases of their own.
    const beside = mysqlLoadTarget(
      { ...other.address, bookkeeping: it.bookkeeping },
      { databaseOf: () => other.database, policies: { all: {}, columns: {} } },
    );
    expect((await other.load({ target: beside }).done).tables).toMatchObject([{ rows: 2 }]);
    expect(await other.session.cells('select count(*) from t')).toEqual([['2']]);
    await expect(other.load({ target: it.targetAt() }).done).rejects.toMatchObject({
      code: 'source_mismatch',
      advice: expect.stringContaining(`DELETE FROM \`${it.bookkeeping}\`.\`load_chunk\` WHERE (database_name,`),
    });
    await it.session.run('delete from t');
    const refused = await it.load().done.catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'loaded_rows_missing' });
    // A pipeline may have deleted the rows, but not one that writes another database of the server.
    const [targets, checkpoints] = [it.session.own('target'), it.session.own('checkpoint')];
    await it.session.run(`insert into ${targets} (table_name, order_by, topic) values ('public.t', 'lsn', 'x')`);
    await it.session.run(
      `insert into ${checkpoints} (pipeline, topic, \`partition\`, next_offset, target_database) values ('p', 'x', 0, 0, 'elsewhere')`,
    );
    await expect(it.load().done).rejects.toMatchObject({ code: 'loaded_rows_missing' });
    await it.session.run(`update ${checkpoints} set target_database = ?`, [it.database]);
    expect((await it.load().done).tables).toMatchObject([{ rows: 2 }]);
    expect(await it.session.cells('select 1 from t')).toEqual([]);
    const [, statement = ''] = /^To load it again: (.*);$/.exec((refused as { advice: string }).advice) ?? [];
    await it.session.run(statement);
    expect((await it.load().done).tables).toMatchObject([{ rows: 2 }]);
    expect(await it.session.cells('select count(*) from t')).toEqual([['2']]);
  });

  test('waits for a killed load whose last chunk still commits, and continues behind it', async () => {
    await using it = await scene('create table t (id int primary key); insert into t select generate_series(1, 2500)');
    await it.load().done;
    await it.session.run('delete from t');
    await it.session.run(`delete from ${it.session.own('load_chunk')}`);
    await it.session.run('start transaction');
    await markChunk(it.session);
    await enterChunk(
      it.session,
      { source: await it.identity(), table: { schema: 'public', name: 't' }, number: 1, after: null, upTo: ['500'] },
      it.database,
      500,
      [],
    );
    await it.session.run(
      `insert into t with recursive n (i) as (select 1 union all select i + 1 from n where i < 500) select i from n`,
    );
    const { done } = it.load();
    await sleep(1_000);
    await it.session.run('commit');
    expect((await done).tables).toMatchObject([{ rows: 2500 }]);
    expect(await it.session.cells('select count(*), sum(id) from t')).toEqual([['2500', '3126250']]);
  });

  test('reads no further ahead than buffers allow while the target is slow', async () => {
    await using it = await scene(
      `create table wide (v text); insert into wide select repeat(md5(g::text), 400) from generate_series(1, 8000) g`,
    );
    await using proxy = await slowProxy(it.address.host, it.address.port);
    const { source, bytes } = countingSource(it.source);
    proxy.pauseAt(2 * mebibyte);
    const { done } = it.load({ source, target: it.targetAt({ host: '127.0.0.1', port: proxy.port }) });
    await untilPaused(bytes, 2 * mebibyte);
    expect(bytes()).toBeLessThan(24 * mebibyte);
    proxy.resume();
    expect((await done).tables).toMatchObject([{ rows: 8000, refused: 0 }]);
    expect(bytes()).toBeGreaterThan(96 * mebibyte);
  });

  test('keeps a value that is longer than a packet of the server', async () => {
    await using it = await scene(
      `create table t (id int primary key, v text); insert into t values (1, repeat('0123456789abcdef', 2 * 1024 * 1024))`,
    );
    expect((await it.load().done).tables).toMatchObject([{ rows: 1, refused: 0 }]);
    expect(await it.session.cells('select length(v), right(v, 3) from t')).toEqual([['33554432', 'def']]);
  });
});
