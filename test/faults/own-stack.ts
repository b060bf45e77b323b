/** A test's own servers, which it may stop, kill and start again. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../stack/processes/process.ts';
import {
  DEFAULT_DIR,
  readStack,
  type StackOptions,
  type StackState,
  stackDestroy,
  stackEnv,
  stackUp,
} from '../../stack/stack.ts';
import { startGuardian } from '../guardian.ts';
import { until } from '../sluice.ts';

/** A server of the stack. */
export type ServerName = 'kafka' | 'postgres';

export type OwnStack = AsyncDisposable & {
  readonly dir: string;
  /** Bootstrap servers of its Kafka; empty if it has none. */
  readonly bootstrap: string;
  /** URL of its PostgreSQL; empty if it has none. */
  readonly databaseUrl: string;
  /** Sends the server a signal and resolves when its process has ended. */
  readonly end: (server: ServerName, signal: NodeJS.Signals) => Promise<void>;
  /** Starts ended servers again, with the same data and port. */
  readonly startAgain: () => Promise<void>;
};

/** Starts the servers of `options` in a temporary folder on free ports. They are destroyed at dispose, or when the run ends. */
export async function ownStack(options: Omit<StackOptions, 'dir' | 'cacheDir' | 'report'>): Promise<OwnStack> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-fault-'));
  // As root the server runs as another user, who needs access.
  await chmod(dir, 0o755);
  const guardian = startGuardian();
  guardian.watch(dir);
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  const destroy = async () => {
    await stackDestroy(dir, report, { cache: true });
    guardian.release(dir);
    await guardian[Symbol.asyncDispose]();
  };
  const up = (ports: NonNullable<StackOptions['ports']>): Promise<StackState> =>
    stackUp({ ...options, dir, cacheDir: join(DEFAULT_DIR, 'cache'), report, ports });
  let state: StackState;
  try {
    state = await up({ kafka: 0, postgres: 0, ...options.ports });
  } catch (error) {
    await destroy();
    throw new Error(`the servers did not start\n${lines.join('\n')}`, { cause: error });
  }
  const { KAFKA_BOOTSTRAP_SERVERS: bootstrap = '', DATABASE_URL: databaseUrl = '' } = stackEnv(state);
  const { kafka, postgres } = state;
  return {
    dir,
    bootstrap,
    databaseUrl,
    end: async (server, signal) => {
      const running = readStack(dir)?.[server];
      if (running === undefined) throw new Error(`${server} does not run`);
      process.kill(running.pid, signal);
      await until(async () => !isRunning(running), `${server} has ended`);
    },
    startAgain: async () => {
      await up({ ...(kafka ? { kafka: kafka.port } : {}), ...(postgres ? { postgres: postgres.port } : {}) });
    },
    [Symbol.asyncDispose]: destroy,
  };
}
