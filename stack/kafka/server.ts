/** Starts Apache Kafka as one KRaft node on 127.0.0.1, in its own process; formats its storage once. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Java, javaEnvironment } from '../java/java.ts';
import { HOST } from '../processes/ports.ts';
import { isRunning, type StopPlan, startServer } from '../processes/process.ts';
import { runCommand } from '../processes/run-command.ts';
import { ServerStartError } from '../processes/server-start-error.ts';
import { waitFor } from '../processes/wait.ts';
import { logTail, openLog } from '../state/logs.ts';
import type { KafkaServer } from '../state/state.ts';
import type { KafkaJars } from './jars.ts';
import { BROKER_JAVA_OPTIONS, type KafkaPorts, serverProperties, TOOL_JAVA_OPTIONS } from './properties.ts';
import { kafkaAnswers } from './ready.ts';

export type KafkaOptions = {
  readonly dir: string;
  readonly java: Java;
  readonly jars: KafkaJars;
  readonly ports: KafkaPorts;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Called as soon as the process exists, before it is ready, so that it is recorded and can be stopped. */
  readonly started: (server: KafkaServer) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
};

const READY_LIMIT_MS = 60_000;

/** SIGTERM ends a node in about 0.3 s; the limit allows for a loaded machine. */
export const KAFKA_STOP: StopPlan = [
  ['SIGTERM', 15_000],
  ['SIGKILL', 5000],
];

/**
 * Starts Kafka on the data in `<dir>/kafka` and waits until it serves clients and consumer groups, at most 60 s.
 * Throws ServerStartError with the end of its log when that fails.
 */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const home = join(options.dir, 'kafka');
  const properties = join(home, 'server.properties');
  const log = join(options.dir, 'logs', 'kafka.log');
  const out = join(options.dir, 'logs', 'kafka.out');
  await mkdir(home, { recursive: true });
  await writeFile(properties, serverProperties(options.ports, options.properties));
  const clusterId = (await readClusterId(home)) ?? (await format(options, home, properties));
  const [logFrom, outFrom] = [await openLog(log), await openLog(out)];
  const identity = await startServer({
    command: options.java.command,
    args: [
      ...BROKER_JAVA_OPTIONS,
      `-Dsluice.kafka.log=${log}`,
      `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.xml')}`,
      '-cp',
      join(options.jars.folder, '*'),
      'kafka.Kafka',
      properties,
    ],
    cwd: home,
    env: javaEnvironment(),
    logFile: out,
  });
  const { broker, controller } = options.ports;
  const server = { ...identity, port: broker, controllerPort: controller, clusterId, version: options.jars.version };
  await options.started(server);

  const probe = async () => (isRunning(server) ? ((await kafkaAnswers(server)) ? 'ready' : undefined) : 'ended');
  const outcome = await waitFor(probe, { limitMs: READY_LIMIT_MS, signal: options.signal });
  if (outcome === 'ready') return server;
  const tail = [await logTail(out, outFrom), await logTail(log, logFrom)].filter((text) => text !== '').join('\n');
  throw new ServerStartError(
    'Kafka',
    outcome === 'ended' ? 'ended while starting' : 'was not ready in 60 s',
    log,
    tail,
  );
}

/** The address for clients, `host:port`. */
export function kafkaBootstrap(server: KafkaServer): string {
  return `${HOST}:${server.port}`;
}

async function format(options: KafkaOptions, home: string, properties: string): Promise<string> {
  // An id must not begin with a dash, which the tool would read as an option.
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const ran = await runCommand(
    options.java.command,
    [
      ...TOOL_JAVA_OPTIONS,
      '-cp',
      join(options.jars.folder, '*'),
      'kafka.tools.StorageTool',
      'format',
      // An interrupted format leaves files without the cluster id; format them again.
      '--ignore-formatted',
      '--cluster-id',
      clusterId,
      '--config',
      properties,
    ],
    { limitMs: 60_000, cwd: home, env: javaEnvironment(), signal: options.signal },
  );
  const formatted = await readClusterId(home);
  if (ran.code === 0 && formatted !== undefined) return formatted;
  throw new ServerStartError(
    'Kafka',
    `could not format ${home}: ${ran.problem ?? 'the tool failed'}`,
    home,
    ran.output,
  );
}

/** The cluster id of the formatted data; undefined before the first start. */
async function readClusterId(home: string): Promise<string | undefined> {
  const file = join(home, 'data', 'meta.properties');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return /^cluster\.id=(.+)$/m.exec(text)?.[1]?.trim();
}
