/**
 * What the stack remembers between commands, in `<dir>/stack.json`: the processes it started, their ports, and where
 * PostgreSQL's data had to be put. The file survives `down`, because `destroy` must still find that place.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '../processes/process.ts';

export type KafkaServer = ProcessIdentity & {
  readonly port: number;
  readonly controllerPort: number;
  readonly clusterId: string;
  readonly version: string;
};

export type PostgresServer = ProcessIdentity & {
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly dataDir: string;
};

export type ConnectServer = ProcessIdentity & {
  readonly port: number;
  /** The Kafka it keeps everything in, `host:port`. */
  readonly bootstrap: string;
  /** Of Kafka Connect. */
  readonly version: string;
  /** Of Debezium's connector. */
  readonly debezium: string;
};

/** The servers a stack can have. `source` is a second PostgreSQL, to replicate from. */
export type StackServers = {
  readonly kafka?: KafkaServer;
  readonly postgres?: PostgresServer;
  readonly source?: PostgresServer;
  readonly connect?: ConnectServer;
};

/** Their names in record and state. */
export const serverKeys = ['kafka', 'postgres', 'source', 'connect'] as const satisfies (keyof StackServers)[];

/** The running part of a stack: a server that is absent was not asked for, or has ended. */
export type StackState = StackServers & { readonly dir: string };

/** Everything remembered, running or not. */
export type StackRecord = {
  dir: string;
  kafka?: KafkaServer;
  postgres?: PostgresServer;
  source?: PostgresServer;
  connect?: ConnectServer;
  /** The ports of the last start, taken again when free, so that exported environments stay true. */
  kafkaPort?: number;
  postgresPort?: number;
  sourcePort?: number;
  connectPort?: number;
  /** The folder with PostgreSQL's data, when it is not `<dir>/postgres`; and the source's, `<dir>/source`. */
  postgresHome?: string;
  sourceHome?: string;
  /** The system user that was made for PostgreSQL. */
  createdUser?: string;
};

/** The running servers of the stack in `dir`, undefined when none runs. Only processes that are really ours count. */
export function readStack(dir: string): StackState | undefined {
  const record = readRecord(dir);
  const running = serverKeys.filter((key) => {
    const server = record[key];
    return server !== undefined && isRunning(server);
  });
  if (running.length === 0) return undefined;
  return { dir, ...Object.fromEntries(running.map((key) => [key, record[key]])) };
}

/** True when a server of a stack in `dir` was started, and the stack was not destroyed since. */
export function wasStarted(dir: string): boolean {
  const record = readRecord(dir);
  return serverKeys.some((key) => record[key] !== undefined || record[`${key}Port`] !== undefined);
}

/** What was remembered, an empty record when there is nothing. Throws when the file is not ours or damaged. */
export function readRecord(dir: string): StackRecord {
  const file = recordFile(dir);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return { dir };
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) throw new Error('not an object');
    // Written by writeRecord only, and atomically: its shape is trusted from here on.
    return { ...(parsed as StackRecord), dir };
  } catch (cause) {
    throw new Error(`${file} is damaged; delete it, and end the servers it started by hand`, { cause });
  }
}

/** Writes the record so that a reader sees the old or the new one, never half of it. */
export async function writeRecord(record: StackRecord): Promise<void> {
  await mkdir(record.dir, { recursive: true });
  const temporary = `${recordFile(record.dir)}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
  await rename(temporary, recordFile(record.dir));
}

/** A record that several tasks change at once: every change is written before its promise resolves, in order. */
export class RecordKeeper {
  #record: StackRecord;
  #written: Promise<void> = Promise.resolve();

  constructor(record: StackRecord) {
    this.#record = record;
  }

  get record(): Readonly<StackRecord> {
    return this.#record;
  }

  change(edit: (record: StackRecord) => StackRecord): Promise<void> {
    this.#record = edit(this.#record);
    const next = this.#written.catch(() => undefined).then(() => writeRecord(this.#record));
    this.#written = next;
    return next;
  }
}

/** The file that holds the record of the stack in `dir`. */
export function recordFile(dir: string): string {
  return join(dir, 'stack.json');
}
