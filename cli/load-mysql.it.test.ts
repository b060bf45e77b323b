/** Proves the command `load` into MariaDB or MySQL: what it prints, its exit codes, and that it doubles nothing. */
import { randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from '../test/context.ts';
import { describeMariadb, freshMariadb } from '../test/mariadb.ts';
import { sluice } from '../test/sluice.ts';

describeMariadb('sluice load', () => {
  test('copies the tables that schema apply made, again nothing, and ends with the rows that the target cannot hold', async () => {
    await using source = await freshDatabase('load');
    await using target = await freshMariadb('load');
    // The ledger is in the database `sluice` of the server, which other tests use, too.
    const name = `t${randomUUID().slice(0, 8)}`;
    const client = new pg.Client({ connectionString: source.url });
    await client.connect();
    await client.query(`create table ${name} (id int primary key, v text, n numeric(9,2));
      insert into ${name} select id, 'v' || id, id / 7.0 from generate_series(1, 5000) id;
      create table ${name}_b (id int primary key, n numeric(9,2)); insert into ${name}_b values (1, 1.5), (2, 'NaN')`);
    await client.end();
    const endpoints = ['--source-db', source.url, '--target-db', target.url, '--policy', 'schemas=merge'];
    expect(await sluice(['schema', 'apply', ...endpoints, '--phases', 'tables'])).toMatchObject({ code: 0 });
    const load = (table: string) =>
      sluice(['load', ...endpoints, '--tables', `public.${table}`, '--batch-size', '1000']);
    const first = await load(name);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(new RegExp(`^public.${name} +5000 +0$`, 'm'));
    const session = await mysql.createConnection(target.url.replace('mariadb:', 'mysql:'));
    try {
      const query = `select count(*) as count, cast(sum(n) as char) as sum from ${name}`;
      const [there] = await session.query(query);
      expect(there).toEqual([{ count: 5000, sum: '1786071.43' }]);
      expect(await load(name)).toMatchObject({ code: 0 });
      expect((await session.query(query))[0]).toEqual(there);
      const second = await load(`${name}_b`);
      expect(second.code).not.toBe(0);
      expect(second.stderr).toContain(`the target cannot hold 1 rows of public.${name}_b`);
      expect((await session.query(`select id, n from ${name}_b`))[0]).toEqual([{ id: 1, n: '1.50' }]);
    } finally {
      await session.end();
    }
  });
});
