/**
 * One measured run of Debezium's JDBC sink; `replicate.ts` starts it in a process of its own. This process starts the worker, and reports
 * the offsets that the sink commits to Kafka once their rows are in the database.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { findJava, javaEnvironment } from '../stack/java/java.ts';
import { freePort } from '../stack/processes/ports.ts';
import { DEFAULT_DIR } from '../stack/stack.ts';
import { connectorName, connectorProperties, jdbcSinkJars, workerProperties } from './jdbc-sink.ts';
import type { Command, LayerOrder, Message, Part } from './protocol.ts';
import { readOrder } from './reporter.ts';
import { now } from './sampler.ts';

/** Milliseconds between two looks at the offsets. */
const lookMs = 100;

const order = readOrder<LayerOrder>();
const send = (message: Message): boolean => process.send?.(message) ?? false;
const stop = new AbortController();
process.on('message', ({ event }: Command) => event === 'stop' && stop.abort());
process.once('disconnect', () => stop.abort());

const java = await findJava(process.env);
const { runtime, plugins } = await jdbcSinkJars(java, {
  cacheDir: join(DEFAULT_DIR, 'cache'),
  report: () => undefined,
});
const home = await mkdtemp(join(tmpdir(), 'sluice-jdbc-sink-'));
const log = join(home, 'connect.log');
const port = await freePort(0);
const [worker, connector] = [join(home, 'worker.properties'), join(home, 'connector.properties')];
await writeFile(worker, workerProperties(order, { plugins, home, port }));
await writeFile(connector, connectorProperties(order, 'customers'));
const logging = join(import.meta.dirname, '..', 'stack', 'connect', 'log4j2.xml');
const child = spawn(
  java.command,
  [
    ...['-Xmx2g', '-Duser.timezone=UTC', `-Dsluice.connect.log=${log}`, `-Dlog4j2.configurationFile=${logging}`],
    ...['-cp', join(runtime, '*'), 'org.apache.kafka.connect.cli.ConnectStandalone', worker, connector],
  ],
  { stdio: 'ignore', env: javaEnvironment() },
);
const ended = once(child, 'exit');
process.once('exit', () => child.kill('SIGKILL'));
const admin = new Kafka({ brokers: order.brokers.split(','), logLevel: logLevel.NOTHING }).admin();
try {
  await admin.connect();
  send({ event: 'ready', ...(child.pid === undefined ? {} : { pid: child.pid }) });
  await reportOffsets();
} finally {
  child.kill('SIGTERM');
  await ended;
  await admin.disconnect();
  await rm(home, { recursive: true, force: true });
}
process.send?.({ event: 'ended', latencies: [] } satisfies Message, () => process.disconnect());

/** Reports what the sink has committed until the benchmark has seen enough. Throws if a task or the worker has failed. */
async function reportOffsets(): Promise<void> {
  const last = new Map<number, number>();
  for (let look = 0; !stop.signal.aborted; look += 1) {
    const groupId = `connect-${connectorName(order)}`;
    const [found] = await admin.fetchOffsets({ groupId, topics: [order.topic] });
    const parts = (found?.partitions ?? []).flatMap(({ partition, offset }): Part[] => {
      const [from, to] = [last.get(partition) ?? 0, Number(offset)];
      if (to <= from) return [];
      last.set(partition, to);
      return [[partition, 1, from, to]];
    });
    if (parts.length > 0) send({ event: 'done', reports: [{ at: now(), took: null, parts }] });
    if (child.exitCode !== null) throw new Error(`the worker has ended: ${await tail()}`);
    if (look % 20 === 19) await requireRunning();
    await sleep(lookMs);
  }
}

async function requireRunning(): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/connectors/${connectorName(order)}/status`).catch(() => null);
  const status = response?.ok ? await response.text() : '';
  if (status.includes('"FAILED"')) throw new Error(`a task has failed: ${status} ${await tail()}`);
}

async function tail(): Promise<string> {
  return (await readFile(log, 'utf8').catch(() => '')).slice(-4000);
}
