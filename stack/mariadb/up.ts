/** The MariaDB part of `stack up`: finds the running server, or starts one on the existing data. */
import { serverHome } from '../account/server-home.ts';
import type { UpContext } from '../options.ts';
import { stopLeftover } from '../processes/leftover.ts';
import { HOST } from '../processes/ports.ts';
import { isRunning, stopProcess } from '../processes/process.ts';
import { startOnFreePort } from '../processes/start-on-free-port.ts';
import { waitFor } from '../processes/wait.ts';
import type { DatabaseServer } from '../state/state.ts';
import { fetchedBinaries, runnableBinaries } from './binaries.ts';
import { mariadbAnswers } from './ready.ts';
import { firstArguments, MARIADB_STOP, startMariadb } from './server.ts';

const MARIADB_PORT = 3306;

/** Returns the running server. Throws PrerequisiteError when its programs or a user to run it are missing. */
export async function upMariadb(context: UpContext): Promise<DatabaseServer> {
  const { dir, options, keeper, signal, report } = context;
  const startedAt = Date.now();
  const running = keeper.record.mariadb;
  if (running !== undefined && isRunning(running)) {
    if (await waitFor(async () => (await mariadbAnswers(running)) || undefined, { limitMs: 20_000, signal })) {
      report(`MariaDB: already running at ${HOST}:${running.port} (pid ${running.pid})`);
      return running;
    }
    report(`MariaDB: process ${running.pid} does not answer, restarting it`);
    await stopProcess(running, MARIADB_STOP);
  }
  const found = options.mariadbBinaries ?? (await fetchedBinaries({ cacheDir: context.cacheDir, report, signal }));
  const { home, account } = await serverHome(context, {
    key: 'mariadb',
    server: 'MariaDB',
    stopUnrecorded: (folder) => stopUnrecorded(folder, report),
  });
  const binaries = await runnableBinaries(found, home, account);
  await stopUnrecorded(home, report);

  const preferred = keeper.record.mariadbPort ?? MARIADB_PORT;
  const request = {
    requested: options.ports?.mariadb,
    preferred,
    server: 'MariaDB',
    flag: '--mariadb-port',
    report,
  };
  const server = await startOnFreePort(request, (port) =>
    startMariadb({
      dir,
      home,
      binaries,
      account,
      port,
      settings: options.mariadbSettings,
      signal,
      started: (mariadb) => {
        context.started({ mariadb });
        return keeper.change((record) => ({ ...record, mariadb, mariadbPort: mariadb.port }));
      },
    }),
  );
  const who = account === undefined ? '' : `, run by user ${account.name}`;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  report(`MariaDB: ${binaries.version} ready at ${HOST}:${server.port} after ${seconds} s${who}`);
  return server;
}

/** Stops a server without a record on the data in `home`. */
export const stopUnrecorded = (home: string, report: (line: string) => void): Promise<void> =>
  stopLeftover({
    isIt: (command) => command.includes(`/mariadbd ${firstArguments(home).join(' ')} --basedir=`),
    server: 'MariaDB',
    plan: MARIADB_STOP,
    report,
  });
