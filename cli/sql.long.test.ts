/** Proves `sluice sql` as a user runs it, on a real PostgreSQL. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePostgres, type FreshDatabase, freshDatabase } from '../test/context.ts';
import { sluice, start, until } from '../test/sluice.ts';

describePostgres('sluice sql', () => {
  let database: FreshDatabase;
  const sql = (...args: string[]) => sluice(['sql', ...args], { env: { TARGET_DB_URL: database.url } });

  beforeAll(async () => {
    database = await freshDatabase('sql');
    const made = await sql(
      '--write',
      "create table t (id bigint, note text); insert into t values (1, 'a'), (2, ''), (3, null)",
    );
    expect(made).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('INSERT: 3 rows') });
    await sql('--write', 'create function wipe() returns void language sql as $$ delete from t $$');
  });
  afterAll(async () => database?.[Symbol.asyncDispose]());

  const count = async () => (await sql('--csv', 'select count(*) from t')).stdout.trim().split('\r\n').at(-1);

  test('prints a table, the database and the number of rows', async () => {
    const { code, stdout, stderr } = await sql('select * from t order by id');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'id  note\n──  ────\n 1  a\n 2\n 3  ∅\n' });
    expect(stderr).toMatch(/^PostgreSQL .*\/sql_\w+ \(environment\), read-only\n3 rows, \d+ ms\n$/);
  });

  test('values are exact in every output format', async () => {
    const query = `select 9223372036854775807 as big, 0.10::numeric(4,2) as exact, '\\xDEAD'::bytea as bytes,
      timestamp '2024-01-15 10:30:00.5' as at, null as nothing, '' as empty`;
    const [csv, json] = await Promise.all([sql('--csv', query), sql('--json', query)]);
    expect(csv.stdout).toBe(
      'big,exact,bytes,at,nothing,empty\r\n9223372036854775807,0.10,"\\xdead",2024-01-15 10:30:00.5,,""\r\n',
    );
    expect(JSON.parse(json.stdout)).toEqual([
      {
        big: '9223372036854775807',
        exact: '0.10',
        bytes: '\\xdead',
        at: '2024-01-15 10:30:00.5',
        nothing: null,
        empty: '',
      },
    ]);
  });

  test.each([
    ['a plain change', 'delete from t'],
    ['a function that writes', 'select wipe()'],
    ['a transaction made writable', 'set transaction read write; delete from t'],
    ['a transaction of its own', 'commit; begin read write; delete from t; commit'],
    ['a chained transaction', 'commit and chain; set transaction read write; delete from t; commit'],
    [
      'the default of the session',
      'set default_transaction_read_only = off; set transaction_read_only = off; delete from t',
    ],
    ['a block', 'do $$ begin delete from t; commit; end $$'],
    ['two statements made one', 'select 1 /* ; */; delete from t'],
  ])('without --write the database is not changed by %s', async (_, script) => {
    const { code, stderr } = await sql(script);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/sluice: .*\[(25006|25001|2D000)\]\n/),
    });
    expect(await count()).toBe('3');
  });

  test('several statements with --write are one transaction', async () => {
    const { code, stderr } = await sql('--write', 'insert into t values (9); insert into t values (1/0)');
    expect(code).toBe(1);
    expect(stderr).toMatch(/division by zero \[22012\]\n {2}Nothing was changed/);
    expect(await count()).toBe('3');
  });

  test('a single statement with --write needs no transaction', async () => {
    expect(await sql('--write', 'vacuum t')).toEndWith(0);
  });

  test('an error is one line, with an excerpt of the statement', async () => {
    const { code, stdout, stderr } = await sql('select 1;\nselect nott from t');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('1') });
    expect(stderr).toContain(
      'sluice: column "nott" does not exist at line 2, column 8 [42703]\n  select nott from t\n         ^\n',
    );
  });

  test('a table ends after --max-rows with a message; JSON has all rows', async () => {
    const query = 'select g from generate_series(1, 2500) g';
    const table = await sql('--max-rows', '5', query);
    expect(table.stdout.trim().split('\n')).toHaveLength(7);
    expect(table.stderr).toContain('the first 5 rows, there are more');
    expect(JSON.parse((await sql('--json', query)).stdout)).toHaveLength(2500);
  });

  test('with --write every row is computed, even if not all are shown', async () => {
    await sql('--write', 'create sequence s');
    const { stderr } = await sql('--write', '--max-rows', '5', "select nextval('s') from generate_series(1, 700)");
    expect(stderr).toContain('700 rows, the first 5 are shown');
    expect((await sql('--csv', 'select last_value from s')).stdout).toContain('\r\n700\r\n');
  });

  test('reads the statements from standard input', async () => {
    const env = { TARGET_DB_URL: database.url };
    const piped = await sluice(['sql'], { env, input: 'select 1 as one;\nselect 2 as two;\n' });
    expect(piped).toMatchObject({ code: 0, stdout: 'one\n───\n  1\n\ntwo\n───\n  2\n' });
    expect((await sluice(['sql', '--csv', '-'], { env, input: 'select 3 as three' })).stdout).toBe('three\r\n3\r\n');
  });

  test('a large result is streamed in bounded memory', async () => {
    const query = "select repeat('x', 1000) from generate_series(1, 300000)";
    const script = `ulimit -v unlimited; "$0" --max-old-space-size=80 bin/sluice.js sql --csv "$1" | tail -c 3 | od -c | head -1`;
    const said = execFileSync('bash', ['-c', `set -o pipefail; ${script}`, process.execPath, query], {
      env: { ...process.env, TARGET_DB_URL: database.url },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(said).toMatch(/x {2}\\r {2}\\n/);
  });

  test('a closed output ends the command at once, without an error', () => {
    const query = "select repeat('x', 1000) from generate_series(1, 5000000)";
    const said = execFileSync(
      'bash',
      ['-c', `set -o pipefail; "$0" bin/sluice.js sql --csv "$1" 2>/dev/null | head -1`, process.execPath, query],
      {
        env: { ...process.env, TARGET_DB_URL: database.url },
        encoding: 'utf8',
        timeout: 30_000,
      },
    );
    expect(said).toBe('repeat\r\n');
  });

  test('--timeout and an interrupt end a statement', async () => {
    expect(await sql('--timeout', '1', 'select pg_sleep(20)')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('statement timeout [57014]'),
    });
    const running = start(['sql', 'select pg_sleep(20)'], { env: { TARGET_DB_URL: database.url } });
    const sleeping =
      "select count(*) from pg_stat_activity where application_name = 'sluice/sql' and wait_event = 'PgSleep' and datname = current_database()";
    await until(async () => (await sql('--csv', sleeping)).stdout.includes('\n1\r'), 'the statement runs');
    running.kill('SIGINT');
    expect(await running.finished).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/sluice: stopped by Ctrl-C\n {2}The statement was cancelled\.\n$/),
    });
  });

  test('wrong usage is reported', async () => {
    expect(await sql('--csv', '--json', 'select 1')).toEndWith(2);
    expect(await sql('/* nothing */;')).toMatchObject({ code: 2, stderr: 'sluice: there is no statement to run\n' });
  });
});
