/** Proves that names of earlier versions still work, are not in the help, and that a message names the present name. */
import { describe, expect, test, vi } from 'vitest';
import { type Option, settingOf } from '../options/option.ts';
import { type OptionName, options } from '../options/options.ts';
import { allEntries } from '../program/entries.ts';
import { type Entry, runCommand } from '../program/program.ts';
import { type Context, verb } from '../program/verb.ts';
import { databaseNames } from './database-names.ts';

/** A folder without a local stack. */
vi.hoisted(() => {
  process.env.SLUICE_DIR = '/nonexistent';
});

const entries = await allEntries();

/** Returns the values of a verb with these options, and the messages. */
async function run(names: readonly OptionName[], argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const seen: { values: Readonly<Record<string, unknown>>; context: Context }[] = [];
  const act = verb({
    name: 'act',
    summary: 'act',
    options: names,
    run: async (values, context) => {
      seen.push({ values, context });
      return 0;
    },
  });
  const { code, stderr } = await command([act], ['act', ...argv], env);
  return { code, stderr, ...seen[0] };
}

async function command(words: readonly Entry[], argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const stderr: string[] = [];
  const printed: string[] = [];
  const code = await runCommand(argv, words, '1', {
    stop: new AbortController().signal,
    print: (line) => void printed.push(line),
    printError: (line) => void stderr.push(line),
    env,
  });
  return { code, stderr, printed: printed.join('\n') };
}

const url = 'postgresql://u:p@h/d';
const address = { host: 'h', dbname: 'd', user: 'u', password: 'p' };

describe('a flag of an earlier version', () => {
  test.each<[readonly OptionName[], readonly string[], OptionName, unknown, string]>([
    [['sourceUrl'], ['--source-url', url], 'sourceUrl', address, '--source-url is an old name: use --source-db'],
    [['source'], ['--source', 'file:x'], 'source', 'x', '--source is an old name: use --input'],
    [['source'], ['--source', '-'], 'source', '-', '--source is an old name: use --input'],
    [
      ['target', 'databaseUrl'],
      ['--database-url', url],
      'databaseUrl',
      address,
      '--database-url is an old name: use --target-db with a URL',
    ],
    [
      ['postgresPort'],
      ['--postgres-port', '1'],
      'postgresPort',
      1,
      '--postgres-port is an old name: use --target-db with a URL',
    ],
    [
      ['targetUrl'],
      ['--target-url', url],
      'targetUrl',
      address,
      '--target-url is an old name: use --target-db with a URL',
    ],
    [
      ['target', 'targetDb'],
      ['--target-db', 'shop'],
      'targetDb',
      'shop',
      '--target-db takes a URL: use --target-db postgresql://…/shop',
    ],
  ])('%j: %j works, and one message names the present flag', async (names, argv, name, value, line) => {
    const { code, stderr, values, context } = await run(names, argv);
    expect(code).toBe(0);
    expect(values?.[name]).toEqual(value);
    expect(context?.origins[name]).toBe('flag');
    expect(stderr).toEqual([line]);
  });

  test.each<[readonly OptionName[], readonly string[]]>([
    [['sourceUrl'], ['--source-db', url]],
    [['source'], ['--input', 'file:x']],
    [
      ['target', 'targetDb'],
      ['--target-db', url],
    ],
  ])('%j: no message is printed for %j', async (names, argv) => {
    expect(await run(names, argv)).toMatchObject({ code: 0, stderr: [] });
  });

  test('is refused if the verb never accepted a bare name, or if it disagrees with the present flag', async () => {
    expect(await run(['target'], ['--target-db', 'shop'])).toMatchObject({
      code: 2,
      stderr: ['sluice: --target-db: expected postgresql://user:password@host:port/database'],
    });
    expect(await run(['source'], ['--input', 'file:x', '--source', 'file:y'])).toMatchObject({
      code: 2,
      stderr: ['sluice: --input and --source disagree: leave one of them out'],
    });
  });

  test('appears in the message about an invalid value', async () => {
    const { stderr } = await run(['sourceUrl'], ['--source-url', 'mysql://h']);
    expect(stderr[0]).toMatch(/^sluice: --source-url: MySQL cannot be used here/);
  });
});

describe('a variable of an earlier version', () => {
  test.each<[OptionName, string, string]>([
    ['sourceUrl', 'SOURCE_URL', 'SOURCE_DB_URL'],
    ['databaseUrl', 'DATABASE_URL', 'TARGET_DB_URL'],
    ['targetUrl', 'TARGET_URL', 'TARGET_DB_URL'],
  ])('%s is set by %s, and one message names %s', async (name, former, present) => {
    const { stderr, values } = await run([name], [], { [former]: url });
    expect(values?.[name]).toEqual(address);
    expect(stderr).toEqual([`${former} is an old name: use ${present}`]);
  });

  test('is not reported if it agrees with the present variable, and is refused if it differs', async () => {
    expect(await run(['sourceUrl'], [], { SOURCE_URL: url, SOURCE_DB_URL: url })).toMatchObject({
      code: 0,
      stderr: [],
    });
    const env = { SOURCE_URL: url, SOURCE_DB_URL: 'postgresql://other/d' };
    expect(await run(['sourceUrl'], [], env)).toMatchObject({
      code: 2,
      stderr: ['sluice: SOURCE_DB_URL and SOURCE_URL disagree: leave one of them out'],
    });
    expect((await run(['sourceUrl'], ['--source-db', url], env)).code).toBe(0);
  });

  test.each([['POSTGRES_HOST'], ['POSTGRES_DATABASE'], ['TARGET_DB_HOST'], ['TARGET_DB_NAME']])(
    '%s is a present name',
    async (name) => {
      const names = ['postgresHost', 'postgresDb', 'targetHost', 'targetDb'] as const;
      expect(await run(names, [], { [name]: 'x' })).toMatchObject({ code: 0, stderr: [] });
    },
  );
});

test('the message is a log line if the verb has a log, and is omitted with --json or a higher log level', async () => {
  const old = { SOURCE_URL: url };
  const logged = await run(['sourceUrl', 'logLevel', 'logFormat'], ['--log-format', 'json'], old);
  expect(logged.stderr.map((line) => JSON.parse(line))).toEqual([
    { level: 'info', time: expect.stringMatching(/^\d{4}-/), msg: 'SOURCE_URL is an old name: use SOURCE_DB_URL' },
  ]);
  expect((await run(['sourceUrl', 'logLevel'], ['--log-level', 'warn'], old)).stderr).toEqual([]);
  expect((await run(['sourceUrl', 'json'], ['--json'], old)).stderr).toEqual([]);
});

test('no help and no completion shows a name of an earlier version', async () => {
  const all: readonly Option[] = Object.values(options);
  const former = all.flatMap(({ flag, former: more, replacedBy }) => [
    ...(replacedBy === undefined ? [] : [flag]),
    ...(more?.flags ?? []),
  ]);
  expect(former).toContain('source-url');
  // `stack up` has a flag of this name for its server.
  const shows = new RegExp(`--(?:${former.filter((flag) => flag !== 'postgres-port').join('|')})(?![\\w-])`);
  const verbs = entries.flatMap((entry) =>
    'verbs' in entry ? entry.verbs.map(({ name }) => [entry.name, name]) : [[entry.name]],
  );
  for (const words of verbs) {
    const { printed } = await command(entries, [...words, '--help']);
    expect(printed).toContain('Usage:');
    expect(printed, words.join(' ')).not.toMatch(shows);
  }
  expect((await command(entries, ['completion', 'bash'])).printed).not.toMatch(shows);
});

test('every variable of the table sets an option, except those of MySQL', () => {
  const { mysql, ...read } = databaseNames;
  const all: readonly Option[] = Object.values(options);
  const setsOne = (name: string) => all.filter((option) => settingOf(option, { flags: {}, env: { [name]: 'x' } }));
  for (const name of Object.values(read).flatMap((endpoint) => Object.values(endpoint).flat()))
    expect(setsOne(name), name).toHaveLength(1);
  for (const name of Object.values(mysql).flat()) expect(setsOne(name), name).toEqual([]);
});
