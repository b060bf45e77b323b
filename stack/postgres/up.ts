/** The PostgreSQL part of `stack up`: finds a running server, or starts one on the existing data. */
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UpContext } from '../options.ts';
import { HOST } from '../processes/ports.ts';
import { findByCommand, isRunning, stopProcess } from '../processes/process.ts';
import { startOnFreePort } from '../processes/start-on-free-port.ts';
import { waitFor } from '../processes/wait.ts';
import type { PostgresServer } from '../state/state.ts';
import { type Account, serverAccount } from './account.ts';
import { copyBinaries, packagedBinaries, repairSymlinks, whyNotRunnable } from './binaries.ts';
import { belongsTo, makeHome, possibleHomes } from './home.ts';
import { postgresAnswers } from './ready.ts';
import { POSTGRES_STOP, type PostgresRole, startPostgres, TARGET } from './server.ts';

/** Returns the running server. Throws PrerequisiteError when its programs or a user to run it are missing. */
export async function upPostgres(context: UpContext, role: PostgresRole = TARGET): Promise<PostgresServer> {
  const { dir, options, keeper, signal, report } = context;
  const { key, server: name } = role;
  const startedAt = Date.now();
  const running = keeper.record[key];
  if (running !== undefined && isRunning(running)) {
    if (await waitFor(async () => (await postgresAnswers(running)) || undefined, { limitMs: 20_000, signal })) {
      report(`${name}: already running at ${HOST}:${running.port} (pid ${running.pid})`);
      return running;
    }
    report(`${name}: process ${running.pid} does not answer, restarting it`);
    await stopProcess(running, POSTGRES_STOP);
  }
  const { home, account } = await findHome(context, role);
  const binaries = options[`${key}Binaries`] ?? (await findBinaries(home, account));
  await stopUnrecorded(home, report, name);

  const preferred = keeper.record[`${key}Port`] ?? role.port;
  const flag = key === 'postgres' ? { flag: '--postgres-port' } : {};
  const request = { requested: options.ports?.[key], preferred, server: name, ...flag, report };
  const server = await startOnFreePort(request, (port) =>
    startPostgres({
      dir,
      role,
      home,
      binaries,
      account,
      port,
      settings: options[`${key}Settings`],
      signal,
      started: (started) => {
        context.started({ [key]: started });
        return keeper.change((record) => ({ ...record, [key]: started, [`${key}Port`]: started.port }));
      },
    }),
  );
  const who = account === undefined ? '' : `, run by user ${account.name}`;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  report(`${name}: ${binaries.version.split('-')[0]} ready at ${HOST}:${server.port} after ${seconds} s${who}`);
  return server;
}

async function findHome(
  { dir, keeper, report }: UpContext,
  { key, server: name }: PostgresRole,
): Promise<{ home: string; account: Account | undefined }> {
  const recorded = keeper.record[`${key}Home`];
  const [inside = join(dir, key), ...outside] = await possibleHomes(dir, key);
  const existing = (await hasData(inside))
    ? inside
    : recorded !== undefined && (await hasData(recorded))
      ? recorded
      : undefined;
  const choice = await serverAccount(existing === undefined ? undefined : join(existing, 'data'));
  if (choice?.created) {
    report(`${name}: created the system user ${choice.account.name}, because PostgreSQL does not run as root`);
    await keeper.change((record) => ({ ...record, createdUser: choice.account.name }));
  }
  for (const home of outside) {
    if (home !== recorded && (await belongsTo(home, dir))) {
      report(`${name}: removing ${home}, left over from a stack in the same folder that was deleted`);
      await stopUnrecorded(home, report, name);
      await rm(home, { recursive: true, force: true });
    }
  }
  const home = existing ?? (await makeHome(dir, choice?.account, key));
  if (home !== inside && home !== recorded) {
    report(`${name}: user ${choice?.account.name} cannot reach ${dir}, so its data are in ${home}`);
    await keeper.change((record) => ({ ...record, [`${key}Home`]: home }));
  }
  return { home, account: choice?.account };
}

async function findBinaries(home: string, account: Account | undefined) {
  const packaged = await packagedBinaries();
  await repairSymlinks(packaged.root);
  const problem = await whyNotRunnable(packaged, account);
  return problem === undefined ? packaged : copyBinaries(packaged, home, account);
}

/** Stops a server whose record was deleted while it ran. It still uses the port and the data; its command line names the data folder. */
export async function stopUnrecorded(home: string, report: (line: string) => void, name: string): Promise<void> {
  const middle = `/postgres -D ${join(home, 'data')} -c listen_addresses=`;
  const unrecorded = findByCommand((command) => command.includes(middle));
  if (unrecorded === undefined) return;
  report(`${name}: ending process ${unrecorded.pid}, left over on the same data`);
  await stopProcess(unrecorded, POSTGRES_STOP);
}

async function hasData(home: string): Promise<boolean> {
  return access(join(home, 'data')).then(
    () => true,
    () => false,
  );
}
