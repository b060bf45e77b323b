/** `sluice stack`: local servers like those of `compose.yaml`, without Docker. */

import {
  DEFAULT_DIR,
  readStack,
  type StackState,
  type StackStatus,
  stackDown,
  stackEnv,
  stackStatus,
  stackUp,
} from '../stack/stack.ts';
import { UsageError } from './options/option.ts';
import { exitCodes } from './output/exit-codes.ts';
import { table } from './output/table.ts';
import { verb } from './program/verb.ts';
import { destroy } from './stack/destroy.ts';
import { logs } from './stack/logs.ts';
import { restart } from './stack/restart.ts';
import { serverArgument, serversNamed } from './stack/which.ts';

const up = verb({
  name: 'up',
  summary: 'start a real Kafka and a real PostgreSQL under .sluice/, unless they run already',
  options: ['with', 'noSample', 'stackKafkaPort', 'stackPostgresPort', 'connectPort', 'mariadbPort'],
  onStop: 'drains',
  stoppedAdvice: 'Servers that this command had started are stopped again; `npx sluice stack status` shows what runs.',
  examples: [
    'npx sluice stack up --with connect',
    'npx sluice stack up --with connect,mariadb',
    'npx sluice stack up --kafka-port 19092 --postgres-port 15432',
  ],
  async run(
    { with: extra, noSample, stackKafkaPort, stackPostgresPort, connectPort, mariadbPort },
    { print, printError, stop },
  ) {
    const [connect, mariadb] = [extra?.includes('connect') ?? false, extra?.includes('mariadb') ?? false];
    if (connectPort !== undefined && !connect) throw new UsageError('--connect-port needs --with connect');
    if (mariadbPort !== undefined && !mariadb) throw new UsageError('--mariadb-port needs --with mariadb');
    if (noSample && !connect) throw new UsageError('--no-sample needs --with connect');
    const ports = {
      ...(stackKafkaPort === undefined ? {} : { kafka: stackKafkaPort }),
      ...(stackPostgresPort === undefined ? {} : { postgres: stackPostgresPort }),
      ...(connectPort === undefined ? {} : { connect: connectPort }),
      ...(mariadbPort === undefined ? {} : { mariadb: mariadbPort }),
    };
    refuseToMove(ports);
    const state = await stackUp({
      report: printError,
      signal: stop,
      connect,
      mariadb,
      sample: !noSample,
      ports,
    });
    for (const line of describeServers(state)) print(line);
    printError(
      '`eval "$(npx sluice stack env)"` points every command and psql at them; `npx sluice stack down` stops them.',
    );
    return exitCodes.done;
  },
});

const movableKeys = ['kafka', 'postgres', 'connect', 'mariadb'] as const;
type MovableKey = (typeof movableKeys)[number];

/** Throws UsageError for a port other than the present one of a running server. Only a restart moves a server. */
function refuseToMove(ports: { readonly [K in MovableKey]?: number }): void {
  const state = readStack(DEFAULT_DIR);
  for (const key of movableKeys) {
    const [asked, runs] = [ports[key], state?.[key]?.port];
    if (asked !== undefined && runs !== undefined && asked !== runs)
      throw new UsageError(
        `${key} runs on port ${runs}: \`npx sluice stack down ${key}\` first, to move it to ${asked}`,
      );
  }
}

const down = verb({
  name: 'down',
  summary: 'stop what `stack up` started, or one server of it; data stays',
  stoppedAdvice: 'Servers may still run: `npx sluice stack status` shows which.',
  args: [serverArgument],
  options: [],
  examples: ['npx sluice stack down', 'npx sluice stack down postgres'],
  async run(_, { printError, args }) {
    await stackDown(DEFAULT_DIR, printError, serversNamed(args[0]));
    return exitCodes.done;
  },
});

const status = verb({
  name: 'status',
  summary: 'show which servers run, where, and where their logs are',
  options: ['json'],
  async run({ json }, { print }) {
    const found = await stackStatus(DEFAULT_DIR);
    if (json) print(JSON.stringify(found));
    else for (const line of statusTable(found)) print(line);
    const { kafka, postgres, source, connect, mariadb } = found;
    const wanted = [kafka, postgres, ...[source, connect, mariadb].filter((server) => server !== undefined)];
    return wanted.every(({ health }) => health === 'ready') ? exitCodes.done : exitCodes.failure;
  },
});

const env = verb({
  name: 'env',
  summary: 'print shell exports that point at the running servers',
  examples: ['eval "$(npx sluice stack env)"'],
  options: [],
  async run(_, { print, printError }) {
    const state = readStack(DEFAULT_DIR);
    if (!state) {
      printError('no local stack is running; `npx sluice stack up` starts one');
      return exitCodes.failure;
    }
    for (const [name, value] of Object.entries(stackEnv(state))) print(`export ${name}='${value}'`);
    return exitCodes.done;
  },
});

export const stack = {
  name: 'stack',
  summary: 'a local Kafka and PostgreSQL, without Docker',
  verbs: [up, down, restart, status, logs, env, destroy],
};

/** Returns a line with the address of each server. */
const describeServers = (state: StackState): string[] => {
  const {
    KAFKA_BOOTSTRAP_SERVERS: kafka,
    DATABASE_URL: database,
    SOURCE_DB_URL: source,
    KAFKA_CONNECT_URL,
    MYSQL_URL: mariadb,
  } = stackEnv(state);
  return [
    `Kafka              ${kafka ?? 'not running'}`,
    `PostgreSQL         ${database ?? 'not running'}`,
    ...(source ? [`source PostgreSQL  ${source}`] : []),
    ...(KAFKA_CONNECT_URL ? [`Kafka Connect      ${KAFKA_CONNECT_URL}`] : []),
    ...(mariadb ? [`MariaDB            ${mariadb}`] : []),
  ];
};

function statusTable({ kafka, postgres, source, connect, mariadb }: StackStatus): string[] {
  const mebibytes = (bytes: number | undefined) => (bytes === undefined ? '' : `${Math.round(bytes / 1024 ** 2)} MiB`);
  const row = (name: string, { health, address, pid, memory, log }: StackStatus['kafka']) => [
    name,
    health,
    address ?? '',
    pid === undefined ? '' : String(pid),
    mebibytes(memory),
    log,
  ];
  return table(
    ['server', 'health', 'address', 'pid', 'memory', 'log'],
    [
      row('Kafka', kafka),
      row('PostgreSQL', postgres),
      ...(source ? [row('source PostgreSQL', source)] : []),
      ...(connect ? [row('Kafka Connect', connect)] : []),
      ...(mariadb ? [row('MariaDB', mariadb)] : []),
    ],
  );
}
