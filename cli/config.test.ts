/** Proves that `config check` shows each setting, its origin and its mistakes, and never a password. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identify } from '../stack/processes/process.ts';
import { DEFAULT_DIR } from '../stack/stack.ts';
import { config } from './config.ts';
import { runCommand } from './program/program.ts';
import { verb } from './program/verb.ts';

/** The folder of the local stack, separate for each test worker. */
const dir = DEFAULT_DIR;
beforeAll(() => void mkdirSync(dir, { recursive: true }));

const folder = mkdtempSync(join(tmpdir(), 'sluice-check-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(dir, { recursive: true });
});

/** Takes a variable of an earlier version. */
const old = verb({ name: 'old', summary: 'old', options: ['databaseUrl'], run: async () => 0 });

const act = verb({
  name: 'act',
  summary: 'act',
  options: ['lanes', 'topic', 'groupId'],
  run: async ({ lanes, topic, groupId }, { print, origins }) => {
    print(JSON.stringify([lanes, topic, groupId, origins]));
    return 0;
  },
});

async function command(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const printed: string[] = [];
  const stderr: string[] = [];
  const code = await runCommand(argv, [config, act, old], '1', {
    stop: new AbortController().signal,
    print: (line) => void printed.push(line),
    printError: (line) => void stderr.push(line),
    env,
  });
  return { code, printed: printed.join('\n'), stderr: stderr.join('\n') };
}

/** The path of a file with these lines. */
function fileWith(...lines: readonly string[]): string {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(path, lines.join('\n'));
  return path;
}

async function check(lines: readonly string[], env: NodeJS.ProcessEnv = {}, ...flags: readonly string[]) {
  const path = fileWith(...lines);
  const text = await command(['config', 'check', '--config', path, ...flags], env);
  const json = await command(['config', 'check', '--config', path, '--json', ...flags], env);
  expect(text.printed + json.printed).not.toContain('secret');
  expect(json).toMatchObject({ code: text.code, stderr: '' });
  return { ...JSON.parse(json.printed), code: text.code, text: text.printed.replaceAll(path, 'FILE'), path };
}

test('every setting is shown with its value and the flag, variable or line that sets it', async () => {
  const lines = ['target-db: postgresql://u:secret@h/d', 'lanes: 4', 'topic: users'];
  const env = { SLUICE_LANES: '3', KAFKA_SASL_PASSWORD: 'secret', POSTGRES_PASSWORD: 'secret' };
  const { code, settings, text, path, faults } = await check(lines, env, '--topic', 'orders');
  expect({ code, faults }).toEqual({ code: 0, faults: [] });
  expect(settings).toEqual([
    { option: 'kafka-sasl-password', value: '***', from: 'KAFKA_SASL_PASSWORD' },
    { option: 'topic', value: 'orders', from: '--topic' },
    { option: 'target-db', value: 'postgresql://u:***@h/d', from: `${path}:1` },
    { option: 'postgres-password', value: '***', from: 'POSTGRES_PASSWORD' },
    { option: 'lanes', value: '3', from: 'SLUICE_LANES' },
  ]);
  expect(text).toMatch(/^configuration file FILE$/m);
  expect(text).toMatch(/^target-db +postgresql:\/\/u:\*\*\*@h\/d +FILE:1$/m);
  expect(text).toMatch(/^target of run +PostgreSQL u@h:5432\/d +flag$/m);
});

test('unnamed servers are those of the local stack, else the defaults', async () => {
  const wordOf = async () => {
    const { servers } = await check([]);
    return servers.map(({ server, address, from }: Record<string, string>) => `${server}: ${address} (${from})`);
  };
  expect(await wordOf()).toEqual([
    'Kafka: localhost:9092 (default)',
    'target of run: PostgreSQL postgres@localhost:5432/migration_db (default)',
    'target of replicate: PostgreSQL migration@localhost:5433/targetdb (default)',
  ]);
  const me = identify(process.pid);
  const postgres = { ...me, port: 5544, database: 'migration_db', user: 'postgres', password: 'secret', dataDir: '' };
  const kafka = { ...me, port: 9944, controllerPort: 1, clusterId: 'c', version: '4' };
  writeFileSync(join(dir, 'stack.json'), JSON.stringify({ dir, kafka, postgres }));
  expect(await wordOf()).toEqual([
    'Kafka: 127.0.0.1:9944 (local stack)',
    'target of run: PostgreSQL postgres@127.0.0.1:5544/migration_db (local stack)',
    'target of replicate: PostgreSQL postgres@127.0.0.1:5544/migration_db (local stack)',
    expect.stringMatching(/^Kafka Connect: the local stack, which is stopped/),
  ]);
  rmSync(join(dir, 'stack.json'));
});

test('an old variable is not reported while it has the value of `stack env`', async () => {
  const postgres = { ...identify(process.pid), port: 5544, database: 'd', user: 'u', password: 'p', dataDir: '' };
  writeFileSync(join(dir, 'stack.json'), JSON.stringify({ dir, postgres }));
  const stderr = async (url: string) => (await command(['old'], { DATABASE_URL: url })).stderr;
  expect(await stderr('postgresql://u:p@127.0.0.1:5544/d')).toBe('');
  expect(await stderr('postgresql://u:p@127.0.0.1:5544/other')).toBe('DATABASE_URL is an old name: use TARGET_DB_URL');
  rmSync(join(dir, 'stack.json'));
});

test('all mistakes are reported together, with exit 2', async () => {
  const lines = ['lane: 4', 'lanes: many', 'breaker: [1]', 'source-db: postgresql://h'];
  const env = {
    POSTGRES_DB: 'a',
    POSTGRES_DATABASE: 'b',
    TARGET_DB_URL: 'postgresql://u:secret@a/d',
    DATABASE_URL: 'postgresql://u:secret@b/d',
    KAFKA_TOPIC: '/',
  };
  const { code, faults, text, path } = await check(lines, env, '--parallelism', '0');
  expect(code).toBe(2);
  const expected = [
    `${path}:1: unknown key 'lane', did you mean 'lanes'?`,
    `${path}:3: breaker: expected one value, not a list`,
    `${path}:2: expected a whole number from 1 to 64, got 'many'`,
    'POSTGRES_DB and POSTGRES_DATABASE disagree: leave one of them out',
    'TARGET_DB_URL and DATABASE_URL disagree: leave one of them out',
    "KAFKA_TOPIC: '/' is no topic name: letters, digits, '.', '_' and '-', at most 249",
    "--parallelism: expected a whole number from 1 to 64, got '0'",
    '--source-db needs user and database: postgresql://user:password@host:port/database',
  ];
  expect([...faults].sort()).toEqual([...expected].sort());
  for (const fault of expected) expect(text).toContain(`wrong: ${fault.replaceAll(path, 'FILE')}`);
});

test('broken YAML and a missing file are reported with exit 2', async () => {
  expect(await check(['topic: users', 'lanes: "2'])).toMatchObject({
    code: 2,
    faults: [expect.stringMatching(/\.yaml:2: Missing closing "quote$/)],
  });
  const { code, printed } = await command(['config', 'check', '--config', join(folder, 'none.yaml')]);
  expect({ code, printed }).toEqual({
    code: 2,
    printed: expect.stringMatching(/wrong: .*none\.yaml: there is no such file/),
  });
});

test('names of earlier versions and unread variables are notes, not mistakes', async () => {
  const { code, notes } = await check([], { SOURCE_URL: 'postgresql://u@h/d', MYSQL_HOST: 'm' });
  expect({ code, notes }).toEqual({
    code: 0,
    notes: [
      'SOURCE_URL is an old name: use SOURCE_DB_URL',
      'MYSQL_HOST is set: replicate, load and schema plan write into that MySQL unless an option names another target',
    ],
  });
});

test('flags override the environment, the environment the file, and the file the defaults', async () => {
  const file = fileWith('lanes: 4', 'topic: users', 'group-id: shop');
  const got = await command(['act', '--config', file, '--group-id', 'mine'], { KAFKA_TOPIC: 'orders' });
  expect(JSON.parse(got.printed)).toEqual([
    4,
    'orders',
    'mine',
    { lanes: 'file', topic: 'environment', groupId: 'flag', config: 'flag' },
  ]);
  const named = await command(['act'], { SLUICE_CONFIG: file });
  expect(JSON.parse(named.printed).slice(0, 3)).toEqual([4, 'users', 'shop']);
});

test('a verb refuses a file with mistakes, and names the command that shows all of them', async () => {
  const one = fileWith('lane: 4');
  expect(await command(['act', '--config', one])).toEqual({
    code: 2,
    printed: '',
    stderr: `sluice: ${one}:1: unknown key 'lane', did you mean 'lanes'?`,
  });
  const { stderr } = await command(['act', '--config', fileWith('lane: 4', 'yes: true', 'lanes: 65')]);
  expect(stderr).toMatch(/unknown key 'lane'.* \(and 1 more: `npx sluice config check`\)$/);
  const value = fileWith('lanes: 65');
  expect((await command(['act', '--config', value])).stderr).toBe(
    `sluice: ${value}:1: expected a whole number from 1 to 64, got '65'`,
  );
});
