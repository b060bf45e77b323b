/** Status of the stack: which servers run, whether they answer, and where their data and logs are. */
import { join, resolve } from 'node:path';
import { connectAnswers, connectUrl } from '../connect/ready.ts';
import { kafkaAnswers } from '../kafka/ready.ts';
import { kafkaBootstrap } from '../kafka/server.ts';
import { mariadbAnswers } from '../mariadb/ready.ts';
import { postgresAnswers } from '../postgres/ready.ts';
import { HOST } from '../processes/ports.ts';
import { residentBytes } from '../processes/process.ts';
import { readRecord, readStack } from './state.ts';

export type ServerStatus = {
  /** `ready`: answers clients; `not answering`: only the process runs; `stopped`: no process runs. */
  readonly health: 'ready' | 'not answering' | 'stopped';
  readonly address?: string;
  readonly pid?: number;
  /** Resident memory in bytes. */
  readonly memory?: number;
  readonly data: string;
  readonly log: string;
};

/** Contains the source, Kafka Connect and MariaDB only if they were started since the last stop. */
export type StackStatus = {
  readonly dir: string;
  readonly kafka: ServerStatus;
  readonly postgres: ServerStatus;
  readonly source?: ServerStatus;
  readonly connect?: ServerStatus;
  readonly mariadb?: ServerStatus;
};

/** Queries the servers of the stack in `dir` without changing anything. Takes at most about 15 s. */
export async function stackStatus(dir: string): Promise<StackStatus> {
  const root = resolve(dir);
  const record = readRecord(root);
  const { kafka, postgres, source, connect, mariadb } = readStack(root) ?? {};
  const [kafkaReady, postgresReady, sourceReady, connectReady, mariadbReady] = await Promise.all([
    kafka !== undefined && kafkaAnswers(kafka),
    postgres !== undefined && postgresAnswers(postgres),
    source !== undefined && postgresAnswers(source),
    connect !== undefined && connectAnswers(connect),
    mariadb !== undefined && mariadbAnswers(mariadb),
  ]);
  const log = (name: string) => join(root, 'logs', `${name}.log`);
  return {
    dir: root,
    kafka: {
      ...running(kafka?.pid, kafkaReady, kafka && kafkaBootstrap(kafka)),
      data: join(root, 'kafka', 'data'),
      log: log('kafka'),
    },
    postgres: {
      ...running(postgres?.pid, postgresReady, postgres && `${HOST}:${postgres.port}`),
      data: join(record.postgresHome ?? join(root, 'postgres'), 'data'),
      log: log('postgres'),
    },
    ...(record.source && {
      source: {
        ...running(source?.pid, sourceReady, source && `${HOST}:${source.port}`),
        data: join(record.sourceHome ?? join(root, 'source'), 'data'),
        log: log('source'),
      },
    }),
    ...(record.connect && {
      connect: {
        ...running(connect?.pid, connectReady, connect && connectUrl(connect)),
        data: join(root, 'connect'),
        log: log('connect'),
      },
    }),
    ...(record.mariadb && {
      mariadb: {
        ...running(mariadb?.pid, mariadbReady, mariadb && `${HOST}:${mariadb.port}`),
        data: join(record.mariadbHome ?? join(root, 'mariadb'), 'data'),
        log: log('mariadb'),
      },
    }),
  };
}

function running(pid: number | undefined, answers: boolean, address: string | undefined) {
  if (pid === undefined || address === undefined) return { health: 'stopped' } as const;
  const memory = residentBytes(pid);
  const health = answers ? ('ready' as const) : ('not answering' as const);
  return { health, address, pid, ...(memory === undefined ? {} : { memory }) };
}
