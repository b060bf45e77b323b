/** Proves that `sluice stack` starts servers on the given ports, shows their logs, and stops and restarts single servers. */
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { freePort } from '../stack/processes/ports.ts';
import { DEFAULT_DIR } from '../stack/stack.ts';
import { readRecord, readStack } from '../stack/state/state.ts';
import { describeServers } from '../test/context.ts';
import { startGuardian } from '../test/guardian.ts';
import { sluice, start, until } from '../test/sluice.ts';

/** A stack in a folder of its own, with the downloads of this checkout. Dispose deletes it. */
async function ownStack() {
  const root = await mkdtemp(join(tmpdir(), 'sluice-cli-stack-'));
  await chmod(root, 0o755);
  const dir = join(root, '.sluice');
  const guardian = startGuardian();
  guardian.watch(dir);
  await mkdir(dir);
  await symlink(join(DEFAULT_DIR, 'cache'), join(dir, 'cache'));
  const env = { SLUICE_DIR: dir };
  const stack = (...args: string[]) => sluice(['stack', ...args], { env, limit: 180_000 });
  return {
    dir,
    env,
    stack,
    [Symbol.asyncDispose]: async () => {
      await stack('destroy', '--yes');
      await rm(root, { recursive: true, force: true });
      guardian.release(dir);
      await guardian[Symbol.asyncDispose]();
    },
  };
}

const hasMariadb = process.platform === 'linux' && process.arch === 'x64';

describeServers('sluice stack', () => {
  test.skipIf(!hasMariadb)(
    'starts MariaDB on request, prints its address and variables, restarts it, and leaves no record after destroy',
    async () => {
      await using own = await ownStack();
      const { dir, stack } = own;
      const port = String(await freePort(23_000));
      const ports = ['--kafka-port', String(await freePort(21_000)), '--postgres-port', String(await freePort(22_000))];
      const up = await stack('up', ...ports, '--with', 'mariadb', '--mariadb-port', port);
      expect(up).toEndWith(0);
      const url = `mariadb://sluice:sluice@127.0.0.1:${port}/migration_db`;
      expect(up.stdout).toMatch(new RegExp(`^MariaDB +${url}$`, 'm'));
      const env = await stack('env');
      expect(env.stdout).toContain(`export MYSQL_PORT='${port}'\n`);
      expect(env.stdout).toContain(`export MYSQL_URL='${url}'\n`);

      const connection = await mysql.createConnection(url);
      await connection.query('create table kept (id int primary key)');
      await connection.end();

      expect((await stack('status')).stdout).toMatch(new RegExp(`^MariaDB +ready +127\\.0\\.0\\.1:${port} `, 'm'));
      expect((await stack('logs', 'mariadb', '-n', '1')).stdout.split('\n')).toHaveLength(2);
      const before = readStack(dir);
      expect(await stack('restart', 'mariadb')).toEndWith(0);
      const after = readStack(dir);
      expect(after?.mariadb?.port).toBe(before?.mariadb?.port);
      expect(after?.mariadb?.pid).not.toBe(before?.mariadb?.pid);
      expect(after?.kafka).toEqual(before?.kafka);

      expect(await stack('down', 'mariadb')).toEndWith(0);
      expect(await stack('status')).toMatchObject({ stdout: expect.not.stringMatching(/^MariaDB +ready/m) });
      expect(await stack('destroy')).toEndWith(0);
      expect(readRecord(dir)).toEqual({ dir });
    },
  );

  test('needs --with mariadb for its port, and names the words that --with takes', async () => {
    expect(await sluice(['stack', 'up', '--mariadb-port', '3307'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--mariadb-port needs --with mariadb'),
    });
    expect(await sluice(['stack', 'up', '--with', 'connect,oracle'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected connect or mariadb, got 'oracle'"),
    });
  });

  test('starts on given ports, stops and restarts one server, follows a log, and leaves no record after destroy', async () => {
    await using own = await ownStack();
    const { dir, env, stack } = own;
    const kafkaPort = await freePort(21_000);
    const postgresPort = await freePort(22_000);
    const ports = ['--kafka-port', String(kafkaPort), '--postgres-port', String(postgresPort)];
    expect(await stack('up', ...ports)).toEndWith(0);
    const first = readStack(dir);
    expect(first).toMatchObject({ kafka: { port: kafkaPort }, postgres: { port: postgresPort } });

    const moved = await stack('up', '--postgres-port', String(postgresPort + 1));
    expect(moved).toMatchObject({ code: 2, stderr: expect.stringContaining('npx sluice stack down postgres') });

    const logs = await stack('logs', 'postgres', '--lines', '2');
    expect(logs.code).toBe(0);
    expect(logs.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect((await stack('logs', '-n', '1')).stdout).toMatch(/^kafka {4}\| .+\npostgres \| .+\n$/);
    expect(await stack('logs', 'postgre')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean postgres?'),
    });

    const following = start(['stack', 'logs', 'postgres', '-f', '-n', '1'], { env, limit: 180_000 });
    await until(async () => following.said() !== '', 'the last line is shown');
    expect(await stack('down', 'postgres')).toEndWith(0);
    await until(async () => /database system is shut down/.test(following.said()), 'the log is followed');
    following.kill('SIGTERM');
    expect(await following.finished).toEndWith(0);
    expect(readStack(dir)?.kafka).toEqual(first?.kafka);
    expect(readStack(dir)?.postgres).toBeUndefined();
    expect(await sluice(['status'], { env })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(
        'the local stack of this checkout has no running PostgreSQL: `npx sluice stack up`',
      ),
    });

    expect(await stack('restart', 'postgres')).toEndWith(0);
    const restarted = readStack(dir);
    expect(restarted?.kafka).toEqual(first?.kafka);
    expect(restarted?.postgres?.port).toBe(postgresPort);
    expect(restarted?.postgres?.pid).not.toBe(first?.postgres?.pid);

    expect(await stack('destroy')).toEndWith(0);
    expect(readRecord(dir)).toEqual({ dir });
  });
});
