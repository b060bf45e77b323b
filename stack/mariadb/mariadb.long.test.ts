/** Proves that the stack starts, finds, stops and deletes its MariaDB, with real servers in folders of its own. */
import { access, chmod, constants, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startGuardian } from '../../test/guardian.ts';
import { possibleHomes } from '../account/home.ts';
import { isRunning } from '../processes/process.ts';
import {
  DEFAULT_DIR,
  readStack,
  type StackOptions,
  type StackState,
  stackDestroy,
  stackDown,
  stackEnv,
  stackStatus,
  stackUp,
} from '../stack.ts';

const hasMariadb = process.platform === 'linux' && process.arch === 'x64';
const isRoot = process.getuid?.() === 0;
const cacheDir = join(DEFAULT_DIR, 'cache');

const guardian = startGuardian();
let root: string;
let dir: string;
let lines: string[];
const report = (line: string) => void lines.push(line);

beforeEach(async () => {
  lines = [];
  root = await mkdtemp(join(tmpdir(), 'sluice mariadb-'));
  await chmod(root, 0o755);
  dir = join(root, '.sluice');
  guardian.watch(dir);
});

afterEach(async () => {
  await stackDestroy(dir, report);
  await rm(root, { recursive: true });
  guardian.release(dir);
});

afterAll(() => guardian[Symbol.asyncDispose]());

const up = (options: Partial<StackOptions> = {}) =>
  stackUp({ dir, cacheDir, kafka: false, postgres: false, mariadb: true, ports: { mariadb: 0 }, report, ...options });

/** Runs statements as the account that the stack prints. Returns the rows of the last one. */
async function sql(state: StackState, ...statements: string[]): Promise<mysql.RowDataPacket[]> {
  const connection = await mysql.createConnection(stackEnv(state).MYSQL_URL ?? '');
  try {
    let rows: mysql.RowDataPacket[] = [];
    for (const statement of statements) [rows] = await connection.query<mysql.RowDataPacket[]>(statement);
    return rows;
  } finally {
    await connection.end();
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe.skipIf(!hasMariadb)(`MariaDB${hasMariadb ? '' : ' (the stack has it for linux-x64 only)'}`, () => {
  it('starts, is found again, keeps its data when stopped, and leaves nothing when destroyed', async () => {
    const first = await up();
    await sql(first, 'create table kept (id int)', 'insert into kept values (7)');

    expect(await up()).toEqual(first);
    expect((await stackStatus(dir)).mariadb).toMatchObject({
      health: 'ready',
      address: `127.0.0.1:${first.mariadb?.port}`,
    });

    await stackDown(dir, report);
    expect(readStack(dir)).toBeUndefined();
    expect(first.mariadb && isRunning(first.mariadb)).toBe(false);

    const second = await up();
    expect(await sql(second, 'select id from kept')).toEqual([{ id: 7 }]);

    await stackDestroy(dir, report);
    expect(second.mariadb && isRunning(second.mariadb)).toBe(false);
    expect(await exists(dir)).toBe(false);
  });

  it('fetches its programs once, complete and executable, and leaves nothing beside the pom', async () => {
    const cache = join(root, 'cache');
    await up({ cacheDir: cache });
    const [folder = '', ...more] = await readdir(cache);
    expect([folder, more]).toEqual([expect.stringMatching(/^mariadb-11\.4\.5-/), []]);
    const fetched = () => lines.filter((line) => /fetched \d+ MB in \d+ files/.test(line));
    expect(fetched()).toHaveLength(1);
    const files = await readdir(join(cache, folder), { recursive: true });
    const programs = files.filter((file) => file.includes('/bin/')).map((file) => join(cache, folder, file));
    expect(programs.length).toBeGreaterThan(3);
    for (const program of programs) await access(program, constants.X_OK);
    expect((await readdir(import.meta.dirname)).filter((file) => !/\.(ts|xml)$/.test(file))).toEqual([]);

    await stackDown(dir, report);
    await up({ cacheDir: cache });
    expect(fetched()).toHaveLength(1);
  });

  it('has whole rows in its binary log, UTC, and no account without a password', async () => {
    const state = await up();
    const [settings] = await sql(
      state,
      `select @@log_bin log_bin, @@binlog_format format, @@binlog_row_image image, @@server_id > 0 has_id,
              @@local_infile local_infile, @@bind_address address, @@character_set_server charset,
              @@time_zone zone, @@system_time_zone machine, @@sync_binlog sync_binlog,
              @@innodb_flush_log_at_trx_commit flush`,
    );
    expect(settings).toEqual({
      log_bin: 1,
      format: 'ROW',
      image: 'FULL',
      has_id: 1,
      local_infile: 1,
      address: '127.0.0.1',
      charset: 'utf8mb4',
      zone: '+00:00',
      machine: 'UTC',
      sync_binlog: 1,
      flush: 1,
    });
    expect(await sql(state, 'select User as user, Host as host from mysql.user order by 1')).toEqual([
      // Locked; it owns the views of the schema sys.
      { user: 'mariadb.sys', host: 'localhost' },
      { user: 'sluice', host: '%' },
    ]);
    const port = state.mariadb?.port ?? 0;
    for (const user of ['root', '', 'anyone'])
      await expect(mysql.createConnection({ host: '127.0.0.1', port, user })).rejects.toThrow('Access denied');
  });

  it('keeps texts apart that differ in case or trailing spaces, in new tables of every database', async () => {
    const state = await up();
    const rows = await sql(
      state,
      'create database other',
      'create table other.t (k varchar(10) primary key)',
      `insert into other.t values ('a'), ('A'), ('a '), ('ä')`,
      'select count(*) as count from other.t',
    );
    expect(rows).toEqual([{ count: 4 }]);
  });

  it('starts on its data after a crash', async () => {
    const first = await up();
    await sql(first, 'create table kept (id int)', 'insert into kept values (1)');
    process.kill(first.mariadb?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(readStack(dir)).toBeUndefined());
    const second = await up();
    expect(second.mariadb?.pid).not.toBe(first.mariadb?.pid);
    expect(await sql(second, 'select id from kept')).toEqual([{ id: 1 }]);
  });

  it('finds and stops a server whose record was deleted', async () => {
    const { mariadb } = await up();
    await rm(join(dir, 'stack.json'));
    const next = await up();
    expect(next.mariadb?.pid).not.toBe(mariadb?.pid);
    expect(mariadb && isRunning(mariadb)).toBe(false);
  });

  it('keeps its temporary tables when another server starts', async () => {
    const state = await up();
    const connection = await mysql.createConnection(stackEnv(state).MYSQL_URL ?? '');
    try {
      // Aria keeps a temporary table in files.
      await connection.query('create temporary table kept (id int) engine = Aria');
      await connection.query('insert into kept values (7)');
      const folder = await readdir(join(state.mariadb?.dataDir ?? '', '..', 'tmp'));
      expect(folder.some((name) => name.startsWith('#sql'))).toBe(true);
      const second = join(root, 'second');
      guardian.watch(second);
      try {
        await up({ dir: second });
      } finally {
        await stackDestroy(second, report);
        guardian.release(second);
      }
      expect(await readdir(join(state.mariadb?.dataDir ?? '', '..', 'tmp'))).toEqual(folder);
    } finally {
      await connection.end();
    }
  });

  it('names a requested port that is taken', async () => {
    const { mariadb } = await up();
    const taken = mariadb?.port ?? 0;
    const other = join(root, 'other');
    guardian.watch(other);
    try {
      await expect(up({ dir: other, ports: { mariadb: taken } })).rejects.toMatchObject({
        code: 'port-taken',
        message: expect.stringContaining(`port ${taken} on 127.0.0.1 is taken by mariadbd (pid ${mariadb?.pid})`),
        fix: expect.stringContaining('--mariadb-port'),
      });
    } finally {
      await stackDestroy(other, report);
      guardian.release(other);
    }
  });

  it('quotes the log of a server that does not start', async () => {
    const failed = up({ mariadbSettings: { no_such_setting: '1' } });
    await expect(failed).rejects.toThrow(/MariaDB ended while starting.*\n[\s\S]*no_such_setting/);
    expect(readStack(dir)).toBeUndefined();
  });

  it.skipIf(!isRoot)('works as root below a folder that only root can enter', async () => {
    const closed = join(root, 'closed');
    await mkdir(closed, { mode: 0o700 });
    dir = join(closed, '.sluice');
    guardian.watch(dir);
    const [, home = ''] = await possibleHomes(dir, 'mariadb');
    const state = await up();
    expect(state.mariadb?.dataDir).toBe(join(home, 'data'));
    await sql(state, 'create table kept (id int)');
    await stackDown(dir, report);
    expect(await sql(await up(), 'select id from kept')).toEqual([]);
    await stackDestroy(dir, report);
    expect(await exists(home)).toBe(false);
    expect(await readdir(closed)).toEqual([]);
  });
});
