/** The MySQL of `npm run test:mysql`: in a temporary folder, deleted at the end of the run. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { freePort, HOST } from '../stack/processes/ports.ts';
import { runCommand } from '../stack/processes/run-command.ts';
import { waitFor } from '../stack/processes/wait.ts';
import { logTail } from '../stack/state/logs.ts';
import { debianMysql, type MysqlProgram } from './debian/mysql.ts';
import type { TestServer } from './mariadb-server.ts';

/** Like the server of the stack: one account with all rights, and one database. */
const ACCOUNT = `
create user 'sluice'@'%' identified by 'sluice';
grant all on *.* to 'sluice'@'%' with grant option;
create database migration_db character set utf8mb4 collate utf8mb4_0900_bin;
`;

/** Creating the data takes 10 s on an idle machine. */
const CREATE_LIMIT_MS = 180_000;
const READY_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 30_000;

/** Starts it on a free port. It ends with this process, however that ends. */
export async function startMysql(): Promise<TestServer> {
  const program = await debianMysql();
  const dir = await mkdtemp(join(tmpdir(), 'sluice-mysql-'));
  try {
    await createData(program, dir);
    const port = await freePort(0);
    const stop = runWhileOpen([program.command, ...program.args, ...settings(dir, port)], dir);
    const url = `mysql://sluice:sluice@${HOST}:${port}/migration_db`;
    const isReady = await waitFor(() => answers(url), { limitMs: READY_LIMIT_MS });
    if (isReady !== undefined) return { url, stop };
    const tail = await logTail(join(dir, 'log'));
    await stop();
    throw new Error(`MySQL was not ready in ${READY_LIMIT_MS / 1000} s\n${tail}`);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function createData({ command, args }: MysqlProgram, dir: string): Promise<void> {
  const accounts = join(dir, 'account.sql');
  await writeFile(accounts, ACCOUNT);
  const options = ['--initialize-insecure', `--datadir=${join(dir, 'data')}`, `--init-file=${accounts}`];
  const ran = await runCommand(command, [...args, ...options], { cwd: '/', limitMs: CREATE_LIMIT_MS });
  if (ran.code !== 0) throw new Error(`MySQL could not create its data: ${ran.problem ?? ran.output.slice(-1500)}`);
}

/** The settings that matter to tests, as those of the stack's MariaDB. */
function settings(dir: string, port: number): string[] {
  const values = {
    datadir: join(dir, 'data'),
    bind_address: HOST,
    port: String(port),
    socket: '',
    mysqlx: '0',
    skip_name_resolve: '1',
    // Debian's default is a folder that only an installation has.
    secure_file_priv: '',
    character_set_server: 'utf8mb4',
    collation_server: 'utf8mb4_0900_bin',
    default_time_zone: '+00:00',
    server_id: '1',
    log_bin: 'binlog',
    local_infile: '1',
    max_connections: '200',
    // MariaDB's default. MySQL's own is four times that.
    max_allowed_packet: '16M',
    innodb_buffer_pool_size: '256M',
    // The data survive the death of any process, but not of the machine.
    sync_binlog: '0',
    innodb_flush_log_at_trx_commit: '2',
  };
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/**
 * Runs a server until the returned function is called, or until this process ends for any reason: a shell beside the server
 * reads a pipe from this process, and stops the server and deletes its folder when the pipe ends.
 */
function runWhileOpen(command: readonly string[], dir: string): () => Promise<void> {
  const script = 'dir=$0; "$@" & server=$!; cat >/dev/null; kill "$server"; wait "$server"; rm -rf "$dir"';
  const log = openSync(join(dir, 'log'), 'a');
  // A session of its own: Ctrl-C must not reach it.
  const shell = spawn('/bin/sh', ['-c', script, dir, ...command], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const { stdin } = shell;
  if (stdin === null) throw new Error('the shell of MySQL has no pipe');
  shell.unref();
  // The pipe only breaks if the shell was killed, and then the server is no longer there either.
  stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  return async () => {
    if (shell.exitCode !== null || shell.signalCode !== null) return;
    shell.ref();
    const limit = setTimeout(() => shell.kill('SIGKILL'), STOP_LIMIT_MS);
    stdin.end();
    await ended;
    clearTimeout(limit);
  };
}

async function answers(url: string): Promise<true | undefined> {
  const session = await mysql.createConnection({ uri: url, connectTimeout: 3000 }).catch(() => undefined);
  await session?.end();
  return session && true;
}
