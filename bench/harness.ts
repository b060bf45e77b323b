/** What the benchmarks share: servers of their own, a database for each round, runs in processes of their own, numbers for people. */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';
import type { Measured } from './measure.ts';

export const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** The upper one of two in the middle. */
export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

export const thousands = (value: number): string => `${(value / 1000).toFixed(1)}k`;

/** Median, least and most. */
export const spread = (numbers: readonly number[]): string =>
  `${thousands(median(numbers))} [${thousands(Math.min(...numbers))} to ${thousands(Math.max(...numbers))}]`;

/** Runs `work` with a Kafka and a PostgreSQL that are gone afterwards. */
export async function withServers(work: (brokers: string, url: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  try {
    const cacheDir = join(DEFAULT_DIR, 'cache');
    const state = await stackUp({ dir, cacheDir, ports: { kafka: 0, postgres: 0 }, report: say });
    const { KAFKA_BOOTSTRAP_SERVERS: brokers = '', DATABASE_URL: url = '' } = stackEnv(state);
    await work(brokers, url);
  } finally {
    await stackDestroy(dir, () => undefined, { cache: false });
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs `work` in a database of its own; checkpoints afterwards, so that no round pays for the one before. */
export async function inFreshDatabase<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `bench_${process.hrtime.bigint()}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(`create database ${name} encoding 'UTF8' template template0`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    return await work(own.href);
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query('checkpoint');
    await admin.end();
  }
}

/** Runs a file of this folder in a process of its own, so that its CPU and memory are its own. */
export function measured(file: string, order: object): Promise<Measured> {
  const profile =
    process.env.BENCH_PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`];
  const child = fork(join(import.meta.dirname, file), {
    execArgv: ['--import', 'tsx', ...profile],
    env: { ...process.env, BENCH: JSON.stringify(order) },
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Measured));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the process of ${file} ended with ${code}`)));
  });
}
