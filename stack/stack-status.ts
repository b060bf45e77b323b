/** How the stack is: which servers run, whether they answer, and where their data and logs are. */
import { join, resolve } from 'node:path';
import { kafkaBootstrap } from './kafka.ts';
import { kafkaAnswers } from './kafka-ready.ts';
import { HOST } from './ports.ts';
import { postgresAnswers } from './postgres-ready.ts';
import { residentBytes } from './process.ts';
import { readRecord, readStack } from './state.ts';

export type ServerStatus = {
  /** `ready`: answers clients; `not answering`: the process runs; `stopped`: it does not. */
  readonly health: 'ready' | 'not answering' | 'stopped';
  readonly address?: string;
  readonly pid?: number;
  /** Resident memory in bytes. */
  readonly memory?: number;
  readonly data: string;
  readonly log: string;
};

export type StackStatus = { readonly dir: string; readonly kafka: ServerStatus; readonly postgres: ServerStatus };

/** Asks the servers of the stack in `dir`; changes nothing. Takes a moment, at most about 10 s. */
export async function stackStatus(dir: string): Promise<StackStatus> {
  const root = resolve(dir);
  const { kafka, postgres } = readStack(root) ?? {};
  const [kafkaReady, postgresReady] = await Promise.all([
    kafka !== undefined && kafkaAnswers(kafka),
    postgres !== undefined && postgresAnswers(postgres),
  ]);
  return {
    dir: root,
    kafka: {
      ...running(kafka?.pid, kafkaReady, kafka && kafkaBootstrap(kafka)),
      data: join(root, 'kafka', 'data'),
      log: join(root, 'logs', 'kafka.log'),
    },
    postgres: {
      ...running(postgres?.pid, postgresReady, postgres && `${HOST}:${postgres.port}`),
      data: join(readRecord(root).postgresHome ?? join(root, 'postgres'), 'data'),
      log: join(root, 'logs', 'postgres.log'),
    },
  };
}

function running(pid: number | undefined, answers: boolean, address: string | undefined) {
  if (pid === undefined || address === undefined) return { health: 'stopped' } as const;
  const memory = residentBytes(pid);
  const health = answers ? ('ready' as const) : ('not answering' as const);
  return { health, address, pid, ...(memory === undefined ? {} : { memory }) };
}
