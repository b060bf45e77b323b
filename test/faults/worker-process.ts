/**
 * The pipeline as a process of its own that can be held at a step of its write. A test can then kill it, stop it or revoke its partition
 * exactly there. Its argument is a `WorkerConfig`; it sends `FromWorker` messages.
 */
import { disconnectSoon, kafkaClient } from '../../adapters/kafka/client/client.ts';
import type { WriteStep } from '../../engines/sink/sink.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { EventStream } from '../../pipeline/events.ts';
import { Window } from '../../pipeline/window.ts';
import { diagnose } from '../../services/diagnose.ts';
import { kafkaPipeline, prepareDatabase } from '../../services/enrich/pipeline.ts';
import { logEvents } from '../../services/event-log.ts';
import { noticesTo, type ServiceEvents } from '../../services/events.ts';
import { keepHeapSmall } from '../../services/heap.ts';
import { createLogger } from '../../services/logger.ts';
import { databaseOf } from '../database-of.ts';
import { without } from './without.ts';
import type { FromWorker, WorkerConfig } from './worker.ts';

const config = JSON.parse(process.argv[2] ?? '{}') as WorkerConfig;
const { bootstrap, databaseUrl, topic, groupId, holdAt } = config;
/** Sends a message, unless the channel is closed; sending would then be an error of the process. */
const send = (message: FromWorker) => process.connected && process.send?.(message);

let passed = 0;
/** Waits at the configured step until the parent sends a message. */
const atStep = (step: WriteStep): Promise<void> | undefined => {
  if (step !== holdAt?.step) return undefined;
  passed += 1;
  if (passed !== (holdAt.occurrence ?? 1)) return undefined;
  send({ event: 'held', step });
  return new Promise((resolve) => process.once('message', () => resolve()));
};

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const events: ServiceEvents = new EventStream();
events.subscribe(logEvents(createLogger({ level: 'debug', format: 'json' })));
events.subscribe((event) => event.type === 'committed' && send({ event: 'committed', counts: event.counts }));
const logger = noticesTo(events);
const database = { ...databaseOf(databaseUrl), timeouts: config.timeouts ?? {} };
const replaced = config.without === undefined ? {} : without(config.without, database);
const admin = kafkaClient({ brokers: bootstrap.split(',') }, 'sluice', logger).admin();
const windowBytes = config.windowBytes ?? 16 * 1024 * 1024;
const window = replaced.window ?? new Window(windowBytes);
if (config.memoryEveryMs !== undefined) reportMemory(window, config.memoryEveryMs);
try {
  const parts = {
    database,
    events,
    groupId,
    orderBy: 'sequence',
    onTooLong: 'park',
    breakerShare: null,
    deletes: 'soft',
    lanes: config.lanes ?? 2,
    windowBytes,
    transactionRecords: config.maxRecords ?? 10_000,
    replaced: { ...replaced, window, sink: { ...replaced.sink, atStep } },
  } as const;
  keepHeapSmall();
  await prepareDatabase(parts);
  await admin.connect();
  const kafka = kafkaClient({ brokers: bootstrap.split(',') }, 'sluice', logger);
  await kafkaPipeline(parts, { kafka, admin, topic, from: 'earliest' }).run(stop.signal);
} catch (error) {
  send({ event: 'failed', code: diagnose(error).code, message: messageOf(error) });
  process.exitCode = 1;
} finally {
  await disconnectSoon(admin);
  process.disconnect();
  // As the command does: kafkajs may leave a connection open that it made while the broker restarted.
  setTimeout(() => process.exit(), 3_000).unref();
}

function reportMemory(window: Window, every: number): void {
  let largestBatch = 0;
  const tryReserve = window.tryReserve.bind(window);
  // Every reservation tries this function first.
  window.tryReserve = (bytes) => {
    largestBatch = Math.max(largestBatch, bytes);
    return tryReserve(bytes);
  };
  setInterval(() => {
    const { rss, heapUsed, external } = process.memoryUsage();
    send({ event: 'memory', rss, heapUsed, external, held: window.held, largestBatch });
  }, every).unref();
}
