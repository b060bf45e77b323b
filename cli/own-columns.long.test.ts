/** Proves that the real command loads a user's own functions from their folder and fills their columns. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { loadDump } from '../engines/postgres/load/dump/load-dump.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { migrations } from '../schemas/migrations.ts';
import { bootstrap, describePostgres, describeServers, freshDatabase, freshTopic } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { sluice, start } from '../test/sluice.ts';

const ask = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  withConnection(databaseOf(url), 'test', async (client) => (await client.query(sql)).rows);

const own = (column: string, type: string, compute: string): string =>
  `export default { column: '${column}', type: '${type}', comment: 'About ${column}.', compute: (event, earlier) => ${compute} };\n`;

/** One file of each type. */
const everyType = {
  flag: own('flag', 'boolean', "event.id === '1' ? true : null"),
  words: own('words', 'text', "'tab\\there\\\\ \\u00e9'"),
  short: own('short', 'varchar(5)', "event.id === '1' ? 'fits' : 'too long'"),
  small: own('small', 'integer', '-7'),
  large: own('large', 'bigint', "'9223372036854775807'"),
  exact: own('exact', 'numeric', "'12345678901234567890.123456789'"),
  money: own('money', 'numeric(10,2)', '19.9'),
  ratio: own('ratio', 'double precision', '1e21 + 0.1'),
  day: own('day', 'date', "new Date('2024-02-29T23:00:00Z')"),
  at: own('at', 'timestamp', "new Date('2024-02-29T23:00:00.5Z')"),
  zoned: own('zoned', 'timestamptz', "'2024-02-29T23:00:00+02:00'"),
  length: own('name_length', 'integer', "typeof earlier.full_name === 'string' ? earlier.full_name.length : 0"),
};

const people = [1, 2].map((id) =>
  JSON.stringify({ id, first_name: 'Ada', last_name: 'Byron', cdc_operation: 'INSERT', cdc_sequence: id }),
);

describePostgres('functions of a user', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-own-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function files(name: string, texts: { readonly [name: string]: string }): Promise<string> {
    const dir = await mkdtemp(join(folder, `${name}-`));
    for (const [file, text] of Object.entries(texts)) await writeFile(join(dir, `${file}.ts`), text);
    return dir;
  }

  const run = async (url: string, functions: string, group = 'own', lines = people) =>
    sluice(['run', '--source', '-', '--group-id', group, '--log-format', 'pretty'], {
      env: { DATABASE_URL: url, SLUICE_FUNCTIONS: functions },
      input: lines.join('\n'),
    });

  test('are refused with the name of the file if it never finishes loading', async () => {
    const stuck = await mkdtemp(join(folder, 'stuck-'));
    await writeFile(join(stuck, 'one.mjs'), `await new Promise(() => {}); ${own('one', 'text', "'1'")}`);
    const { code, stderr } = await sluice(['enrich', '--functions', stuck, 'data/sample_events.json']);
    expect(code).toBe(1);
    expect(stderr).toContain('one.mjs: no answer within 10 s');
  });

  test('fill a column of every type exactly, also when several processes start at once', async () => {
    await using database = await freshDatabase('own');
    const functions = await files('types', everyType);
    const runs = await Promise.all(['one', 'two', 'three'].map((group) => run(database.url, functions, group)));
    for (const { code, stderr } of runs) expect({ code, stderr }).toEndWith(0);
    expect(runs.filter(({ stderr }) => stderr.includes('added a column'))).toHaveLength(1);
    const [first, second] = await ask(
      database.url,
      `select flag, words, short, small, large::text, exact::text, money::text, ratio::text, day::text, at::text,
              zoned::text, name_length from users_enriched order by id`,
    );
    expect(first).toEqual({
      flag: true,
      words: 'tab\there\\ é',
      short: 'fits',
      small: -7,
      large: '9223372036854775807',
      exact: '12345678901234567890.123456789',
      money: '19.90',
      ratio: '1e+21',
      day: '2024-02-29',
      at: '2024-02-29 23:00:00.5',
      zoned: '2024-02-29 21:00:00+00',
      name_length: 9,
    });
    // A text that is too long becomes NULL and is counted, as with the built-in functions.
    expect(second).toMatchObject({ flag: null, short: null });
    expect(runs.map(({ stderr }) => stderr).join()).toMatch(/computedTooLong.*1/);
    const comments = await ask(
      database.url,
      `select col_description('users_enriched'::regclass, attnum) as text from pg_attribute
       where attrelid = 'users_enriched'::regclass and attname = 'day'`,
    );
    expect(comments).toEqual([{ text: 'About day.' }]);
    const recorded = await ask(database.url, `select file, type from sluice.own_function where column_name = 'short'`);
    expect(recorded).toEqual([{ file: 'short.ts', type: 'varchar(5)' }]);
  });

  test('park only the record for which one throws or returns a value that its column cannot hold', async () => {
    await using database = await freshDatabase('own');
    const functions = await files('wrong', {
      late: own('late', 'integer', "event.id === '1' ? (async () => 1)() : 3"),
      ratio: own('ratio', 'double precision', "event.id === '2' ? event.phone.length : 0.5"),
    });
    expect(
      await run(database.url, functions, 'own', [...people, ...people.map((line) => line.replace(/"id":./, '"id":3'))]),
    ).toEndWith(0);
    expect(await ask(database.url, 'select id, late, ratio from users_enriched')).toEqual([
      { id: '3', late: 3, ratio: 0.5 },
    ]);
    expect(await ask(database.url, 'select code, field, reason from sluice.dead_letter order by id')).toEqual([
      { code: 'enrichment_failed', field: 'late', reason: expect.stringMatching(/^late: a Promise .* is no integer$/) },
      { code: 'enrichment_failed', field: 'ratio', reason: expect.stringMatching(/^ratio: .*null/) },
    ]);
  });

  test('are reported with advice when they change or are missing; a new type is refused until the column has it', async () => {
    await using database = await freshDatabase('own');
    const before = await files('before', { score: own('score', 'integer', '1'), gone: own('gone', 'text', "'x'") });
    await run(database.url, before);
    const changed = await files('changed', { score: own('score', 'integer', '2') });
    const second = await run(database.url, changed, 'second');
    expect(second.stderr).toContain('npx sluice backfill --column score');
    expect(second.stderr).toContain('your function is gone: its column stays');
    const third = await run(database.url, changed, 'third');
    expect(third.stderr).not.toContain('npx sluice backfill');
    expect(third.stderr).toContain('DROP COLUMN gone');

    const retyped = await files('retyped', { score: own('score', 'bigint', '3n') });
    const refused = await run(database.url, retyped, 'fourth');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[own_column_type]') });
    const [, statement = ''] = /sluice sql --write "(.*)"$/m.exec(refused.stderr) ?? [];
    await ask(database.url, statement.replaceAll('\\"', '"'));
    expect(await run(database.url, retyped, 'fourth')).toEndWith(0);

    const { stdout } = await sluice(['doctor', '--functions', changed], { env: { DATABASE_URL: database.url } });
    expect(stdout).toMatch(/ok +own functions +score integer \(score\.ts\)/);
    expect(stdout).toMatch(/fault +own functions +score\.ts declares the column score as integer/);
    expect(stdout).toMatch(/note +own functions +the function of gone \(gone\.ts\) is missing/);
  });

  test('take over an existing column with its values', async () => {
    await using database = await freshDatabase('own');
    await withConnection(databaseOf(database.url), 'setup', (client) => migrate(client));
    await ask(database.url, 'alter table users_enriched add column score integer');
    const functions = await files('adopted', { score: own('score', 'integer', '1') });
    const { code, stderr } = await run(database.url, functions);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('was there already') });
  });

  test('block a migration that adds a column of the same name until their column is renamed', async () => {
    await using database = await freshDatabase('own');
    const dump = join(import.meta.dirname, '../test/fixtures/releases/0.1.0/users.sql.gz');
    await withConnection(databaseOf(database.url), 'restore', (client) => loadDump(client, dump));
    // A database before migration 6, in which the user has a column of the same name as the new one.
    await ask(
      database.url,
      'delete from sluice.schema_version where version = 6; alter table users_enriched drop column country_source',
    );
    const upgrade = () => withConnection(databaseOf(database.url), 'setup', (client) => migrate(client));
    const error = await upgrade().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'column_taken',
      message: expect.stringContaining('migration 6 users_provenance adds the column phone_e164'),
    });
    await ask(database.url, 'alter table users_enriched rename column phone_e164 to own_phone_e164');
    expect(await upgrade()).toEqual(migrations().flatMap(({ version }) => (version < 6 ? [] : [version])));
  });

  test('appear in the output of `enrich` with every digit', async () => {
    const functions = await files('enrich', everyType);
    const { stdout, stderr } = await sluice(['enrich', '--functions', functions], { input: people[0] ?? '' });
    expect(stderr).toBe('');
    expect(stdout).toContain('"large":9223372036854775807');
    expect(JSON.parse(stdout)).toMatchObject({ flag: true, day: '2024-02-29', money: '19.9', full_name: 'Ada Byron' });
  });

  test('are refused before any connection if a file is invalid', async () => {
    const functions = await files('broken', { score: own('score', 'money', '1') });
    const { code, stderr } = await run('postgresql://nobody@127.0.0.1:1/nothing', functions);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/score\.ts: type 'money'/) });
  });
});

describeServers('functions of a user', () => {
  test('are loaded by every worker of --parallelism', async () => {
    await using database = await freshDatabase('own');
    await using topic = await freshTopic(2, 'own');
    const folder = await mkdtemp(join(tmpdir(), 'sluice-own-'));
    try {
      await writeFile(join(folder, 'pid.ts'), own('pid', 'integer', 'process.pid'));
      const env = {
        DATABASE_URL: database.url,
        KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
        KAFKA_TOPIC: topic.name,
        SLUICE_FUNCTIONS: folder,
      };
      await sluice(['simulate', '--count', '400'], { env });
      const run = start(['run', '--parallelism', '2', '--until-caught-up'], { env });
      const { code, stderr } = await run.finished;
      expect({ code, stderr }).toEndWith(0);
      const [found] = await ask(
        database.url,
        `select count(*) > 0 as filled, count(*) filter (where pid is null or pid = ${run.pid})::int as wrong from users_enriched`,
      );
      expect(found).toEqual({ filled: true, wrong: 0 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
