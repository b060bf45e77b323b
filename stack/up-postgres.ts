/** The PostgreSQL half of `stack up`: finds the running server, or starts one on the data that is there. */
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HOST } from './ports.ts';
import { POSTGRES_STOP, startPostgres } from './postgres.ts';
import { type Account, serverAccount } from './postgres-account.ts';
import { copyBinaries, packagedBinaries, repairSymlinks, whyNotRunnable } from './postgres-binaries.ts';
import { belongsTo, makeHome, possibleHomes } from './postgres-home.ts';
import { postgresAnswers } from './postgres-ready.ts';
import { findByCommand, isRunning, stopProcess } from './process.ts';
import { startOnFreePort } from './start-on-free-port.ts';
import type { PostgresServer } from './state.ts';
import type { UpContext } from './up-context.ts';
import { waitFor } from './wait.ts';

const POSTGRES_PORT = 5432;

/** Answers the running server. Throws PrerequisiteError when its programs or a user to run it cannot be had. */
export async function upPostgres(context: UpContext): Promise<PostgresServer> {
  const { dir, options, keeper, signal, report } = context;
  const started = Date.now();
  const running = keeper.record.postgres;
  if (running !== undefined && isRunning(running)) {
    if (await waitFor(async () => (await postgresAnswers(running)) || undefined, { limitMs: 20_000, signal })) {
      report(`PostgreSQL: already running at ${HOST}:${running.port} (pid ${running.pid})`);
      return running;
    }
    report(`PostgreSQL: process ${running.pid} does not answer, restarting it`);
    await stopProcess(running, POSTGRES_STOP);
  }
  const { home, account } = await findHome(context);
  const binaries = await findBinaries(home, account);
  await endForgotten(home, report);

  const wish = { asked: options.ports?.postgres, preferred: keeper.record.postgresPort ?? POSTGRES_PORT };
  const server = await startOnFreePort(wish, (port) =>
    startPostgres({
      dir,
      home,
      binaries,
      account,
      port,
      settings: options.postgresSettings,
      signal,
      started: (postgres) => {
        context.started({ postgres });
        return keeper.change((record) => ({ ...record, postgres, postgresPort: postgres.port }));
      },
    }),
  );
  const who = account === undefined ? '' : `, run by user ${account.name}`;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  report(`PostgreSQL: ${binaries.version.split('-')[0]} ready at ${HOST}:${server.port} after ${seconds} s${who}`);
  return server;
}

async function findHome({ dir, keeper, report }: UpContext): Promise<{ home: string; account: Account | undefined }> {
  const recorded = keeper.record.postgresHome;
  const [inside = join(dir, 'postgres'), ...outside] = await possibleHomes(dir);
  const kept = (await hasData(inside))
    ? inside
    : recorded !== undefined && (await hasData(recorded))
      ? recorded
      : undefined;
  const choice = await serverAccount(kept === undefined ? undefined : join(kept, 'data'));
  if (choice?.created) {
    report(`PostgreSQL: made the system user ${choice.account.name}, because PostgreSQL does not run as root`);
    await keeper.change((record) => ({ ...record, createdUser: choice.account.name }));
  }
  for (const home of outside) {
    if (home !== recorded && (await belongsTo(home, dir))) {
      report(`PostgreSQL: removing ${home}, left over from a stack in the same folder that was deleted`);
      await endForgotten(home, report);
      await rm(home, { recursive: true, force: true });
    }
  }
  const home = kept ?? (await makeHome(dir, choice?.account));
  if (home !== inside && home !== recorded) {
    report(`PostgreSQL: user ${choice?.account.name} cannot reach ${dir}, so its data lies in ${home}`);
    await keeper.change((record) => ({ ...record, postgresHome: home }));
  }
  return { home, account: choice?.account };
}

async function findBinaries(home: string, account: Account | undefined) {
  const packaged = await packagedBinaries();
  await repairSymlinks(packaged.root);
  const problem = await whyNotRunnable(packaged, account);
  return problem === undefined ? packaged : copyBinaries(packaged, home, account);
}

/** A server whose record was deleted while it ran still holds port and data. Its command line names our data. */
export async function endForgotten(home: string, report: (line: string) => void): Promise<void> {
  const middle = `/postgres -D ${join(home, 'data')} -c listen_addresses=`;
  const forgotten = findByCommand((command) => command.includes(middle));
  if (forgotten === undefined) return;
  report(`PostgreSQL: ending process ${forgotten.pid}, left over on the same data`);
  await stopProcess(forgotten, POSTGRES_STOP);
}

async function hasData(home: string): Promise<boolean> {
  return access(join(home, 'data')).then(
    () => true,
    () => false,
  );
}
