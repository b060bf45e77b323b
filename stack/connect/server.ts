/** Starts Kafka Connect as one distributed worker on 127.0.0.1, in its own process. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Java, javaEnvironment } from '../java/java.ts';
import { isRunning, type StopPlan, startServer } from '../processes/process.ts';
import { ServerStartError } from '../processes/server-start-error.ts';
import { waitFor } from '../processes/wait.ts';
import { logTail, openLog } from '../state/logs.ts';
import type { ConnectServer } from '../state/state.ts';
import type { ConnectJars } from './jars.ts';
import { CONNECT_JAVA_OPTIONS, connectProperties } from './properties.ts';
import { connectAnswers } from './ready.ts';

export type ConnectOptions = {
  readonly dir: string;
  readonly java: Java;
  readonly jars: ConnectJars;
  readonly bootstrap: string;
  readonly port: number;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Called as soon as the process exists, before it is ready, so that it is recorded and can be stopped. */
  readonly started: (server: ConnectServer) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
};

const READY_LIMIT_MS = 90_000;

/** SIGTERM lets the connectors flush their offsets, which takes a second or two. */
export const CONNECT_STOP: StopPlan = [
  ['SIGTERM', 20_000],
  ['SIGKILL', 5000],
];

/** The worker's properties file in the stack in `dir`. The command line contains it, which identifies the process. */
export const connectPropertiesFile = (dir: string): string => join(dir, 'connect', 'connect-distributed.properties');

/**
 * Starts a worker and waits until it accepts requests, at most 90 s.
 * Throws ServerStartError with the end of its log when that fails.
 */
export async function startConnect(options: ConnectOptions): Promise<ConnectServer> {
  const { dir, jars, bootstrap, port } = options;
  const home = join(dir, 'connect');
  const properties = connectPropertiesFile(dir);
  const log = join(dir, 'logs', 'connect.log');
  const out = join(dir, 'logs', 'connect.out');
  await mkdir(home, { recursive: true });
  const pluginPath = jars.plugins.folder;
  await writeFile(properties, connectProperties({ bootstrap, port, pluginPath }, options.properties));
  const [logFrom, outFrom] = [await openLog(log), await openLog(out)];
  const identity = await startServer({
    command: options.java.command,
    args: [
      ...CONNECT_JAVA_OPTIONS,
      `-Dsluice.connect.log=${log}`,
      `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.xml')}`,
      '-cp',
      join(jars.runtime.folder, '*'),
      'org.apache.kafka.connect.cli.ConnectDistributed',
      properties,
    ],
    cwd: home,
    env: javaEnvironment(),
    logFile: out,
  });
  const server = { ...identity, port, bootstrap, version: jars.runtime.version, debezium: jars.plugins.version };
  await options.started(server);

  const probe = async () => (isRunning(server) ? ((await connectAnswers(server)) ? 'ready' : undefined) : 'ended');
  const outcome = await waitFor(probe, { limitMs: READY_LIMIT_MS, signal: options.signal });
  if (outcome === 'ready') return server;
  const tail = [await logTail(out, outFrom), await logTail(log, logFrom)].filter((text) => text !== '').join('\n');
  const problem = outcome === 'ended' ? 'ended while starting' : `was not ready in ${READY_LIMIT_MS / 1000} s`;
  throw new ServerStartError('Kafka Connect', problem, log, tail);
}
