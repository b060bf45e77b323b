/** Proves which servers a command uses: flags override the environment, and the environment overrides the local stack. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { identify } from '../../stack/processes/process.ts';
import { DEFAULT_DIR } from '../../stack/stack.ts';
import { type FileEntry, type Option, type Setting, settingOf, UsageError, valueFrom } from '../options/option.ts';
import { options } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import {
  chooseDatabase,
  chooseKafka,
  describeChosenDatabase,
  describeKafka,
  kafkaOptions,
  postgresOptions,
} from './servers.ts';
import { chooseTarget, targetOptions } from './target-server.ts';

/** The folder of the local stack, separate for each test worker. */
const dir = DEFAULT_DIR;
beforeAll(() => void mkdirSync(dir, { recursive: true }));
afterAll(() => rmSync(dir, { recursive: true }));

type Given = { readonly [flag: string]: string };

/** Returns the values of a verb for these flags and this environment. */
function resolved(flags: Given, env: Given, file?: ReadonlyMap<string, FileEntry>) {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Setting['origin'] | 'default'> = {};
  const settings: Record<string, Setting> = {};
  for (const name of [...kafkaOptions, ...postgresOptions, ...targetOptions]) {
    const option: Option = options[name];
    const setting = settingOf(option, { flags, env, file });
    values[name] = valueFrom(option, setting);
    origins[name] = setting?.origin ?? 'default';
    if (setting) settings[name] = setting;
  }
  const context: Context = {
    stop: new AbortController().signal,
    print: () => {},
    printError: () => {},
    origins,
    settings,
    env,
    args: [],
  };
  return { values: values as never, context };
}

/** Returns a configuration file with these lines. */
const fileOf = (lines: Given) =>
  new Map(Object.entries(lines).map(([key, text], index) => [key, { text, place: `sluice.yaml:${index + 1}` }]));

const database = (flags: Given, env: Given, lines: Given = {}) => {
  const { values, context } = resolved(flags, env, fileOf(lines));
  return chooseDatabase(values, context);
};
const replica = (flags: Given, env: Given, lines: Given = {}) => {
  const { values, context } = resolved(flags, env, fileOf(lines));
  return chooseTarget(values, context);
};
const kafka = (flags: Given, env: Given) => {
  const { values, context } = resolved(flags, env);
  return chooseKafka(values, context);
};

/** Records a local stack whose servers have the id of this process. */
function runStack(): void {
  const me = identify(process.pid);
  const postgres = { ...me, port: 5544, database: 'migration_db', user: 'postgres', password: 'stack', dataDir: '' };
  const record = { dir, kafka: { ...me, port: 9944, controllerPort: 1, clusterId: 'c', version: '4' }, postgres };
  writeFileSync(join(dir, 'stack.json'), JSON.stringify(record));
}

/** Records a local stack that was started once; only its Kafka runs, or no server. */
function stopStack(running: 'kafka' | 'none'): void {
  const kafka = { ...identify(process.pid), port: 9944, controllerPort: 1, clusterId: 'c', version: '4' };
  const record = { dir, kafkaPort: 9944, postgresPort: 5544, ...(running === 'kafka' ? { kafka } : {}) };
  writeFileSync(join(dir, 'stack.json'), JSON.stringify(record));
}

afterEach(() => rmSync(join(dir, 'stack.json'), { force: true }));

const url = 'postgresql://u:p%40ss@db.example:6000/orders';
const said = (flags: Given, env: Given): string => {
  const chosen = database(flags, env);
  return `${describeChosenDatabase(chosen)} ${chosen.database.password ?? 'none'}`;
};

describe('the database without a local stack', () => {
  test.each<[string, Given, Given, string]>([
    ['nothing said', {}, {}, 'PostgreSQL postgres@localhost:5432/migration_db (default) none'],
    ['a URL', {}, { DATABASE_URL: url }, 'PostgreSQL u@db.example:6000/orders (environment) p@ss'],
    [
      'a URL as a flag',
      { 'database-url': url },
      { POSTGRES_HOST: 'h' },
      'PostgreSQL u@db.example:6000/orders (flag) p@ss',
    ],
    [
      'a URL before POSTGRES_*',
      {},
      { DATABASE_URL: url, POSTGRES_HOST: 'h', POSTGRES_DB: 'd', POSTGRES_USER: 'x', POSTGRES_PASSWORD: 'y' },
      'PostgreSQL u@db.example:6000/orders (environment) p@ss',
    ],
    [
      'POSTGRES_*',
      {},
      { POSTGRES_HOST: 'h', POSTGRES_PORT: '1', POSTGRES_DB: 'd', POSTGRES_USER: 'x', POSTGRES_PASSWORD: 'y' },
      'PostgreSQL x@h:1/d (environment) y',
    ],
    [
      'a host as a flag before a URL',
      { 'postgres-host': 'h' },
      { DATABASE_URL: url },
      'PostgreSQL postgres@h:5432/migration_db (flag) none',
    ],
    [
      'a URL without parts',
      {},
      { DATABASE_URL: 'postgresql://db.example' },
      'PostgreSQL postgres@db.example:5432/migration_db (environment) none',
    ],
    ['IPv6', {}, { DATABASE_URL: 'postgresql://u@[::1]:5/d' }, 'PostgreSQL u@::1:5/d (environment) none'],
    [
      'names with escapes',
      {},
      { DATABASE_URL: 'postgresql://u%2F:p%25@h/d%20b' },
      'PostgreSQL u/@h:5432/d b (environment) p%',
    ],
  ])('the database is named by %s', (_, flags, env, expected) => {
    expect(said(flags, env)).toBe(expected);
  });

  test.each<[string, Given, string]>([
    ['a host', { PGHOST: 'h', PGPASSWORD: 'w' }, 'PostgreSQL postgres@h:5432/migration_db (environment) w'],
    ['a port', { PGPORT: '6000', PGUSER: 'x' }, 'PostgreSQL x@localhost:6000/migration_db (environment) none'],
    [
      'a host, below POSTGRES_*',
      { PGHOST: 'h', PGUSER: 'x', PGPASSWORD: 'w', POSTGRES_HOST: 'p', POSTGRES_USER: 'q' },
      'PostgreSQL q@p:5432/migration_db (environment) w',
    ],
    [
      'a password for a URL',
      { DATABASE_URL: 'postgresql://u@h/d', PGPASSWORD: 'w', PGHOST: 'other' },
      'PostgreSQL u@h:5432/d (environment) w',
    ],
  ])('PG* variables name %s', (_, env, expected) => {
    expect(said({}, { HOME: dir, ...env })).toBe(expected);
  });

  test('PG* variables without PGHOST are not used for localhost, and are reported as unused', () => {
    expect(said({}, { HOME: dir, PGPASSWORD: 'w', PGUSER: 'x' })).toBe(
      'PostgreSQL postgres@localhost:5432/migration_db (default; not used, since PGHOST is not set: PGUSER, PGPASSWORD) none',
    );
  });

  test('unsupported PG* variables are a usage error', () => {
    expect(() => said({}, { HOME: dir, PGHOST: 'h', PGAPPNAME: 'mine' })).toThrow(UsageError);
    expect(() => said({}, { HOME: dir, PGAPPNAME: 'mine' })).not.toThrow();
  });

  test.each<[string, Given, Given, readonly [user: string, password: string, database: string]]>([
    ['the URL', {}, { DATABASE_URL: url, POSTGRES_PASSWORD: 'w' }, ['DATABASE_URL', 'DATABASE_URL', 'DATABASE_URL']],
    [
      'a flag beside the URL',
      { 'postgres-password': 'w' },
      { DATABASE_URL: 'postgresql://u@h' },
      ['DATABASE_URL', '--postgres-password', 'DATABASE_URL'],
    ],
    [
      'variables of several kinds',
      { 'postgres-db': 'd' },
      { POSTGRES_HOST: 'h', POSTGRES_USER: 'x', PGPASSWORD: 'w' },
      ['POSTGRES_USER', 'PGPASSWORD', '--postgres-db'],
    ],
    ['nothing: where to say it', {}, { POSTGRES_HOST: 'h' }, ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB']],
  ])('remembers for messages that its login is named by %s', (_, flags, env, [user, password, name]) => {
    expect(database(flags, { HOME: dir, ...env }).database.namedBy).toEqual({ user, password, database: name });
  });

  test('is shown without its password', () => {
    expect(describeChosenDatabase(database({}, { DATABASE_URL: url }))).not.toContain('p@ss');
  });
});

describe('a running local stack', () => {
  beforeEach(runStack);

  test('is used if no other server is named', () => {
    expect(said({}, {})).toBe('PostgreSQL postgres@127.0.0.1:5544/migration_db (local stack) stack');
    expect(describeKafka(kafka({}, {}))).toBe('Kafka 127.0.0.1:9944 (local stack)');
  });

  test('is not used if another server is named', () => {
    expect(said({}, { DATABASE_URL: url })).toContain('db.example');
    expect(said({}, { POSTGRES_HOST: 'h' })).toContain('@h:5432');
    expect(describeKafka(kafka({}, { KAFKA_BOOTSTRAP: 'k:1' }))).toBe('Kafka k:1 (environment)');
  });

  test('has another database on request', () => {
    expect(said({ 'postgres-db': 'other' }, {})).toBe('PostgreSQL postgres@127.0.0.1:5544/other (local stack) stack');
  });
});

describe('a local stack that was started and is stopped', () => {
  const stopped = { code: 'local_stack_stopped', kind: 'unreachable' };

  test('is reported with the command that starts it, and localhost is not used instead', () => {
    stopStack('none');
    for (const choose of [() => database({}, {}), () => database({}, { PGPASSWORD: 'w' }), () => kafka({}, {})]) {
      expect(choose).toThrow('the local stack of this checkout is not running: `npx sluice stack up`');
      expect(choose).toThrow(expect.objectContaining({ ...stopped, advice: expect.stringContaining('name it') }));
    }
  });

  test('is reported if only one of its servers is stopped', () => {
    stopStack('kafka');
    expect(describeKafka(kafka({}, {}))).toBe('Kafka 127.0.0.1:9944 (local stack)');
    expect(() => database({}, {})).toThrow(
      'the local stack of this checkout has no running PostgreSQL: `npx sluice stack up`',
    );
  });

  test('is not needed if another server is named, including localhost', () => {
    stopStack('none');
    expect(said({ 'postgres-host': 'localhost' }, {})).toContain('@localhost:5432');
    expect(said({}, { PGHOST: 'localhost', HOME: dir })).toContain('@localhost:5432');
    expect(said({}, { POSTGRES_PORT: '5432' })).toContain('@localhost:5432');
    expect(describeKafka(kafka({ 'bootstrap-servers': 'localhost:9092' }, {}))).toBe('Kafka localhost:9092 (flag)');
  });
});

describe('the target by its present names', () => {
  const other = 'postgresql://u@other/d';
  const line = (chosen: ReturnType<typeof database>) => describeChosenDatabase(chosen);

  test.each<[string, Given, Given, Given, string]>([
    ['the flag', { 'target-db': url }, { TARGET_DB_URL: other }, {}, 'PostgreSQL u@db.example:6000/orders (flag)'],
    [
      'the flag before the old variable',
      { 'target-db': url },
      { DATABASE_URL: other, TARGET_URL: other },
      {},
      'PostgreSQL u@db.example:6000/orders (flag)',
    ],
    [
      'the old flag before the variable',
      { 'database-url': url, 'target-url': url },
      { TARGET_DB_URL: other },
      {},
      'PostgreSQL u@db.example:6000/orders (flag)',
    ],
    [
      'the variable before the parts',
      {},
      { TARGET_DB_URL: url, POSTGRES_HOST: 'h', POSTGRES_USER: 'x', TARGET_DB_HOST: 'h' },
      {},
      'PostgreSQL u@db.example:6000/orders (environment)',
    ],
    [
      'two variables that agree',
      {},
      { TARGET_DB_URL: url, DATABASE_URL: url, TARGET_URL: url },
      {},
      'PostgreSQL u@db.example:6000/orders (environment)',
    ],
    [
      'the variable before the file',
      {},
      { TARGET_DB_URL: url },
      { 'target-db': other },
      'PostgreSQL u@db.example:6000/orders (environment)',
    ],
    ['the file', {}, {}, { 'target-db': url }, 'PostgreSQL u@db.example:6000/orders (configuration file)'],
  ])('%s names the database of run and of replicate', (_, flags, env, lines, expected) => {
    expect(line(database(flags, env, lines))).toBe(expected);
    expect(line(replica(flags, env, lines))).toBe(expected);
  });

  test('variables of parts override the file: a host replaces its server, a password completes its URL', () => {
    const file = { 'target-db': 'postgresql://u@h/d' };
    expect(line(database({}, { POSTGRES_HOST: 'p' }, file))).toBe(
      'PostgreSQL postgres@p:5432/migration_db (environment)',
    );
    const completed = database({}, { POSTGRES_PASSWORD: 'w' }, file);
    expect(line(completed)).toBe('PostgreSQL u@h:5432/d (configuration file)');
    expect(completed.database).toMatchObject({
      password: 'w',
      namedBy: { user: 'sluice.yaml:1', password: 'POSTGRES_PASSWORD', database: 'sluice.yaml:1' },
    });
  });

  test.each<[string, Given, Given, string, typeof database]>([
    ['flags', { 'target-db': url, 'database-url': other }, {}, '--target-db and --database-url disagree', database],
    ['variables', {}, { TARGET_DB_URL: url, DATABASE_URL: other }, 'TARGET_DB_URL and DATABASE_URL disagree', database],
    ['a replica', {}, { TARGET_DB_URL: url, TARGET_URL: other }, 'TARGET_DB_URL and TARGET_URL disagree', replica],
    [
      'a part',
      {},
      { POSTGRES_DB: 'a', POSTGRES_DATABASE: 'b' },
      'POSTGRES_DB and POSTGRES_DATABASE disagree',
      database,
    ],
  ])('two names that disagree are refused, and the message names both: %s', (_, flags, env, message, choose) => {
    expect(() => choose(flags, env)).toThrow(UsageError);
    expect(() => choose(flags, env)).toThrow(message);
  });

  test('POSTGRES_DATABASE is another name of POSTGRES_DB', () => {
    expect(line(database({}, { POSTGRES_HOST: 'h', POSTGRES_DATABASE: 'd' }))).toBe(
      'PostgreSQL postgres@h:5432/d (environment)',
    );
  });

  test('TARGET_URL does not name the database of run, nor DATABASE_URL a replica', () => {
    expect(line(database({}, { TARGET_DB_URL: url, TARGET_URL: other }))).toContain('orders');
    expect(line(replica({}, { TARGET_DB_URL: url, DATABASE_URL: other }))).toContain('orders');
  });
});

describe('Kafka', () => {
  test.each<[string, Given, Given, string]>([
    ['no setting', {}, {}, 'Kafka localhost:9092 (default)'],
    [
      'the environment',
      {},
      { KAFKA_BOOTSTRAP_SERVERS: 'a:1, b:2', KAFKA_BOOTSTRAP: 'c:3' },
      'Kafka a:1, b:2 (environment)',
    ],
    ['a flag first', { 'bootstrap-servers': 'f:1' }, { KAFKA_BOOTSTRAP_SERVERS: 'a:1' }, 'Kafka f:1 (flag)'],
  ])('the cluster is named by %s', (_, flags, env, expected) => {
    expect(describeKafka(kafka(flags, env))).toBe(expected);
  });
});
