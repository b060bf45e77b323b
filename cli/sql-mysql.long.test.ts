/** Proves `sluice sql` as a user runs it, on a real MariaDB or MySQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeMariadb, type FreshMariadb, freshMariadb } from '../test/mariadb.ts';
import { sluice, start, until } from '../test/sluice.ts';

describeMariadb('sluice sql on MariaDB', () => {
  let database: FreshMariadb;
  const env = () => ({ TARGET_DB_URL: database.url });
  const sql = (...args: string[]) => sluice(['sql', ...args], { env: env() });

  beforeAll(async () => {
    database = await freshMariadb('sql');
    const script = `create table t (id bigint primary key, note varchar(10)); insert into t values (1, 'a'), (2, ''), (3, null);
      delimiter //
      create procedure wipe() begin commit; set session transaction read write; delete from t; end//
      create function grow() returns int deterministic begin insert into t values (9, 'f'); return 1; end//`;
    const made = await sluice(['sql', '--write'], { env: env(), input: script });
    expect(made).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('INSERT: 3 rows') });
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  /** The rows of the table, and the tables that a test has made. */
  const state = async () =>
    (
      await sql(
        '--csv',
        "select (select count(*) from t) as t, (select count(*) from information_schema.tables where table_schema = database() and table_name = 'u') as u",
      )
    ).stdout;
  const untouched = 't,u\r\n3,0\r\n';

  test('prints a table, the database and the number of rows', async () => {
    const { code, stdout, stderr } = await sql('select * from t order by id');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'id  note\n──  ────\n 1  a\n 2\n 3  ∅\n' });
    expect(stderr).toMatch(/^(MariaDB|MySQL) .*\/sql_\w+ \(environment\), read-only\n3 rows, \d+ ms\n$/);
  });

  test('values are exact in every output format', async () => {
    const query = `select 9223372036854775807 as big, cast(0.10 as decimal(4,2)) as exact, x'DEAD' as bytes, 7 as small,
      timestamp '2024-01-15 10:30:00.5' as at, null as nothing, '' as blank`;
    const [csv, json] = await Promise.all([sql('--csv', query), sql('--json', query)]);
    expect(csv.stdout).toBe(
      'big,exact,bytes,small,at,nothing,blank\r\n9223372036854775807,0.10,0xdead,7,2024-01-15 10:30:00.5,,""\r\n',
    );
    expect(JSON.parse(json.stdout)).toEqual([
      {
        big: '9223372036854775807',
        exact: '0.10',
        bytes: '0xdead',
        small: expect.anything(),
        at: '2024-01-15 10:30:00.5',
        nothing: null,
        blank: '',
      },
    ]);
    expect(JSON.parse((await sql('--json', 'select cast(5 as unsigned) as n, id from t where id = 1')).stdout)).toEqual(
      [{ n: expect.anything(), id: '1' }],
    );
  });

  test.each([
    ['a plain change', 'delete from t'],
    ['a change behind a comment', '/* select */ delete from t'],
    [
      'a change behind a common table expression',
      'with x as (select 1 as id) delete from t where id in (select id from x)',
    ],
    ['a function that writes', 'select grow()'],
    ['a procedure that makes its session writable', 'call wipe()'],
    ['a transaction of its own', 'commit; delete from t'],
    ['a statement about the server', 'set global max_connections = 151'],
    ['a definition', 'create table u (id int)'],
    ['a comment that is code', '/*!50000 delete from t */'],
  ])('without --write nothing is changed by %s', async (_, script) => {
    const { code, stderr } = await sql(script);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/sluice: .*\[(1792|1064)\]\n/) });
    expect(await state()).toBe(untouched);
  });

  test('several statements with --write are one transaction, except for definitions', async () => {
    const { code, stderr } = await sql('--write', "insert into t values (9, 'x'); insert into t values (9, 'y')");
    expect(code).toBe(1);
    expect(stderr).toMatch(/Duplicate entry .*\[1062\]\n {2}Changes of rows before it were rolled back/);
    expect(await state()).toBe(untouched);
  });

  test('foreign keys hold with --write, and warnings are shown', async () => {
    expect(await sql('--write', 'create table c (t_id bigint, foreign key (t_id) references t (id))')).toEndWith(0);
    expect(await sql('--write', 'insert into c values (77)')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[1452]'),
    });
    expect(await sql('--write', 'drop table c; drop table if exists nowhere')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Note: Unknown table .* \[1051\]$/m),
    });
  });

  test('a table ends after --max-rows with a message; JSON has all rows', async () => {
    const query = 'with recursive g as (select 1 as n union all select n + 1 from g where n < 900) select * from g';
    const table = await sql('--max-rows', '5', query);
    expect(table.stdout.trim().split('\n')).toHaveLength(7);
    expect(table.stderr).toContain('the first 5 rows, there are more');
    expect(JSON.parse((await sql('--json', query)).stdout)).toHaveLength(900);
  });

  test('an error of the server is one line, also for a statement of PostgreSQL', async () => {
    const { code, stderr } = await sql("select '{1}'::integer[]");
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/sluice: .*SQL syntax.* \[1064\]\n$/),
    });
  });

  test('--timeout and an interrupt end a statement', async () => {
    // A SLEEP that is interrupted is no error in MySQL, so that rows are read.
    const slow =
      'select count(*) from information_schema.columns a, information_schema.columns b, information_schema.columns c';
    expect(await sql('--timeout', '1', slow)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\[(1969|3024)\]\n {2}`--timeout` sets how long/),
    });
    const running = start(['sql', `select sleep(30), 'interrupted'`], { env: env() });
    const sleeping = "select count(*) from information_schema.processlist where info like 'select sleep(30), %'";
    await until(async () => (await sql('--csv', sleeping)).stdout.includes('\n1\r'), 'the statement runs');
    running.kill('SIGINT');
    expect(await running.finished).toMatchObject({ code: 130, stderr: expect.stringContaining('stopped by Ctrl-C') });
  });
});
