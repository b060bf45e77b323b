/**
 * The record of a stack in `<dir>/stack.json`, which later commands read: its processes, their ports, and the folder of
 * a database's data if it is outside. The file survives `down`, because `destroy` must still find that folder.
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

/** A database server, its account and one database in it. */
export type DatabaseServer = ProcessIdentity & {
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly dataDir: string;
};

export type PostgresServer = DatabaseServer;

export type ConnectServer = ProcessIdentity & {
  readonly port: number;
  /** The Kafka in which the worker keeps its state, `host:port`. */
  readonly bootstrap: string;
  /** Version of Kafka Connect. */
  readonly version: string;
  /** Version of Debezium's connector. */
  readonly debezium: string;
};

/** The possible servers of a stack. `source` is a second PostgreSQL, from which to replicate. */
export type StackServers = {
  readonly kafka?: KafkaServer;
  readonly postgres?: PostgresServer;
  readonly source?: PostgresServer;
  readonly connect?: ConnectServer;
  readonly mariadb?: DatabaseServer;
};

/** The keys of the servers in record and state. */
export const serverKeys = [
  'kafka',
  'postgres',
  'source',
  'connect',
  'mariadb',
] as const satisfies (keyof StackServers)[];

/** The running servers of a stack. An absent server was not requested, or has ended. */
export type StackState = StackServers & { readonly dir: string };

/** The content of `stack.json`, for running and stopped servers. */
export type StackRecord = {
  dir: string;
  kafka?: KafkaServer;
  postgres?: PostgresServer;
  source?: PostgresServer;
  connect?: ConnectServer;
  mariadb?: DatabaseServer;
  /** The ports of the last start, which the next start prefers, so that exported variables stay valid. */
  kafkaPort?: number;
  postgresPort?: number;
  sourcePort?: number;
  connectPort?: number;
  mariadbPort?: number;
  /** The folders with the data of the databases, if they are not `<dir>/postgres`, `<dir>/source` and `<dir>/mariadb`. */
  postgresHome?: string;
  sourceHome?: string;
  mariadbHome?: string;
  /** The system user that was created for the databases. */
  createdUser?: string;
};

/** The running servers of the stack in `dir`; undefined when none runs. A recycled pid does not count. */
export function readStack(dir: string): StackState | undefined {
  const record = readRecord(dir);
  const running = serverKeys.filter((key) => {
    const server = record[key];
    return server !== undefined && isRunning(server);
  });
  if (running.length === 0) return undefined;
  return { dir, ...Object.fromEntries(running.map((key) => [key, record[key]])) };
}

/** True when a server of the stack in `dir` was started and the stack has not been destroyed since. */
export function wasStarted(dir: string): boolean {
  const record = readRecord(dir);
  return serverKeys.some((key) => record[key] !== undefined || record[`${key}Port`] !== undefined);
}

/** The record; empty when there is no file. Throws when the file is damaged or not a record. */
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
    // Only `writeRecord` writes the file, atomically, so its shape is trusted.
    return { ...(parsed as StackRecord), dir };
  } catch (cause) {
    throw new Error(`${file} is damaged; delete it, and stop the servers it started by hand`, { cause });
  }
}

/** Writes the record atomically: a reader sees the old or the new one. */
export async function writeRecord(record: StackRecord): Promise<void> {
  await mkdir(record.dir, { recursive: true });
  const temporary = `${recordFile(record.dir)}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
  await rename(temporary, recordFile(record.dir));
}

/** A record that several tasks change concurrently. Changes are written in order, each before its promise resolves. */
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

/** The file with the record of the stack in `dir`. */
export function recordFile(dir: string): string {
  return join(dir, 'stack.json');
}
