/**
 * `npm run bench`: events a second from a filled topic to durable rows, beside the floor on the same machine in the same
 * run: the same rows by bare COPY and merge on two connections, no Kafka, no enrichment. Only the ratio travels.
 *
 *   npm run bench -- --events 600000 --rounds 3
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { simulate } from '../simulator/simulate.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import { DEFAULT_DIR, stackDestroy, stackEnv, stackUp } from '../stack/stack.ts';
import { seededEvents } from './events.ts';
import { floor } from './floor.ts';
import type { Measured } from './pipeline-process.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '600000' },
    rounds: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '2' },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);

const say = (line: string) => process.stdout.write(`${line}\n`);
const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
const thousands = (value: number) => `${(value / 1000).toFixed(1)}k`;
const spread = (numbers: readonly number[]) =>
  `${thousands(median(numbers))} [${thousands(Math.min(...numbers))} to ${thousands(Math.max(...numbers))}]`;

const dir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
try {
  const state = await stackUp({
    dir,
    cacheDir: join(DEFAULT_DIR, 'cache'),
    ports: { kafka: 0, postgres: 0 },
    report: say,
  });
  const { KAFKA_BOOTSTRAP_SERVERS: brokers = '', DATABASE_URL: url = '' } = stackEnv(state);
  await fill(brokers);
  const floors: number[] = [];
  const runs: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bare = await inFreshDatabase(url, (database) => floor(database, seededEvents(events)));
    const whole = await inFreshDatabase(url, (database) => pipeline(brokers, database, `bench-${round}`));
    floors.push(bare);
    runs.push(whole);
    say(
      `round ${round + 1}: floor ${thousands(bare)}/s, pipeline ${thousands(whole.perSecond)}/s (${(whole.perSecond / bare).toFixed(2)} of it), ` +
        `Node ${whole.cpuSeconds.toFixed(1)} s CPU in ${whole.seconds.toFixed(1)} s, ${Math.round(whole.peakBytes / 1024 ** 2)} MiB`,
    );
  }
  const rates = runs.map(({ perSecond }) => perSecond);
  say('');
  say(
    `${events} events, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, ${rounds} rounds in turn`,
  );
  say(`floor            ${spread(floors)} events/s`);
  say(`whole pipeline   ${spread(rates)} events/s`);
  say(`ratio            ${median(rates.map((rate, i) => rate / (floors[i] ?? rate))).toFixed(2)}`);
  say(`CPU of Node      ${median(runs.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / events)).toFixed(1)} µs an event`);
  say(`peak RSS of Node ${Math.round(Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 1024 ** 2)} MiB`);
  say(`records a transaction ${Math.round(median(runs.map(({ meanRecords }) => meanRecords)))}`);
} finally {
  await stackDestroy(dir, () => undefined, { cache: false });
  await rm(dir, { recursive: true, force: true });
}

async function fill(brokers: string): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const operations = { insert: 33, update: 59, delete: 8 };
  const source = { kind: 'invent', count: events, seed: 1, operations } as const;
  const { sent, bytes, seconds } = await simulate({
    ...simulateDefaults,
    kafka,
    topic: 'bench',
    source,
    startSequence: 1n,
    interval: null,
    rate: null,
  });
  say(`filled the topic: ${sent} events, ${Math.round(bytes / sent)} bytes each, in ${seconds.toFixed(1)} s`);
}

async function inFreshDatabase<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
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

/** The pipeline in a process of its own, so that its CPU and memory are its own. */
function pipeline(brokers: string, database: string, groupId: string): Promise<Measured> {
  const child = fork(join(import.meta.dirname, 'pipeline-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, BENCH: JSON.stringify({ brokers, database, groupId, lanes: Number(values.lanes) }) },
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Measured));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the pipeline process ended with ${code}`)));
  });
}
