/** Shared by the scripts that make dumps: a checkout of Sluice fills a fresh database, and pg_dump dumps it. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { ensureTopic } from '../../adapters/kafka/topics/topic.ts';

const { DATABASE_URL: server = '', KAFKA_BOOTSTRAP_SERVERS: brokers = '' } = process.env;

/** The Kafka of KAFKA_BOOTSTRAP_SERVERS. */
export const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });

/** Runs statements on a database. */
export async function onDatabase(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** Returns the output of a program. Throws with its output unless it ends with one of these codes. */
function output(program: string, args: readonly string[], codes: readonly number[], options: object): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    ...options,
  });
  if (error) throw error;
  if (!codes.includes(status ?? -1)) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}

/** Fills a fresh database of DATABASE_URL and writes its dump to a file, compressed if its name ends in `.gz`. */
export async function dump(file: string, fill: (url: string) => Promise<void>, flags: readonly string[] = []) {
  const database = 'sluice_dump';
  const url = Object.assign(new URL(server), { pathname: `/${database}` }).href;
  await onDatabase(server, `drop database if exists ${database}`);
  await onDatabase(server, `create database ${database} encoding 'UTF8' template template0`);
  try {
    await fill(url);
    const text = output('pg_dump', ['--no-owner', '--no-privileges', ...flags, url], [0], {});
    writeFileSync(file, file.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text);
  } finally {
    await onDatabase(server, `drop database ${database} with (force)`);
  }
}

/** The standard input of a command, and the exit codes with which it may end. */
export type CommandOptions = { readonly input?: string | Buffer; readonly codes?: readonly number[] };

/** Runs commands of a checkout on a database. */
export const commandOf =
  (checkout: string) =>
  (url: string, args: readonly string[], { input = '', codes = [0] }: CommandOptions = {}): void => {
    output(process.execPath, [join(checkout, 'bin/sluice.js'), ...args], codes, {
      cwd: checkout,
      env: { ...process.env, DATABASE_URL: url, TARGET_URL: url },
      input,
    });
  };

/** Creates an empty topic of this name. */
export async function emptyTopic(topic: string, numPartitions = 2): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if ((await admin.listTopics()).includes(topic)) {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await sleep(100);
    }
    await ensureTopic(admin, topic, { partitions: numPartitions });
  } finally {
    await admin.disconnect();
  }
}
