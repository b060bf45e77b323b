/** The PostgreSQL part of `stack up`: finds a running server, or starts one on the existing data. */
import { join } from 'node:path';
import type { Account } from '../account/account.ts';
import { serverHome } from '../account/server-home.ts';
import type { UpContext } from '../options.ts';
import { stopLeftover } from '../processes/leftover.ts';
import { HOST } from '../processes/ports.ts';
import { isRunning, stopProcess } from '../processes/process.ts';
import { startOnFreePort } from '../processes/start-on-free-port.ts';
import { waitFor } from '../processes/wait.ts';
import type { PostgresServer } from '../state/state.ts';
import { copyBinaries, packagedBinaries, repairSymlinks, whyNotRunnable } from './binaries.ts';
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
  const { home, account } = await serverHome(context, {
    key,
    server: name,
    stopUnrecorded: (folder) => stopUnrecorded(folder, report, name),
  });
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

async function findBinaries(home: string, account: Account | undefined) {
  const packaged = await packagedBinaries();
  await repairSymlinks(packaged.root);
  const problem = await whyNotRunnable(packaged, account);
  return problem === undefined ? packaged : copyBinaries(packaged, home, account);
}

/** Stops a server without a record on the data in `home`. Its command line names the data folder. */
export const stopUnrecorded = (home: string, report: (line: string) => void, server: string): Promise<void> =>
  stopLeftover({
    isIt: (command) => command.includes(`/postgres -D ${join(home, 'data')} -c listen_addresses=`),
    server,
    plan: POSTGRES_STOP,
    report,
  });
