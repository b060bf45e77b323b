/**
 * The legacy source: replays a file of events, or events of an invented user base, into a Kafka topic. The first replay keeps
 * the sequence numbers of the file. Invented events and later cycles get higher numbers than any event in the topic, so that
 * the pipeline applies them.
 */
import kafkajs from 'kafkajs';
import { findFile } from '../adapters/file/find-file.ts';
import { ensureTopic } from '../adapters/kafka/topics/topic.ts';
import { systemClock } from './clock.ts';
import { compressionType } from './compression.ts';
import { highestSequence } from './highest-sequence.ts';
import { inventEvents } from './invent.ts';
import { LegacyBase } from './legacy-base.ts';
import { type Outgoing, produce } from './produce.ts';
import { RateLimit } from './rate-limit.ts';
import { emptyRange, type FileRange, replayFile, shiftFor } from './replay.ts';
import { checkOptions, type SimulateContext, type SimulateOptions } from './simulate-options.ts';

const { Partitioners } = kafkajs;

/** Milliseconds between two progress reports. */
const progressIntervalMs = 500;

/** The result of a run. All counted events are durable at the broker. */
export type Summary = {
  readonly sent: number;
  readonly bytes: number;
  /** Cycles started. */
  readonly cycles: number;
  readonly seconds: number;
  readonly topicCreated: boolean;
  /** Whether the signal ended the run. */
  readonly stopped: boolean;
};

/** The events of one cycle, and their number if known. */
type Cycle = { readonly groups: AsyncIterable<Outgoing[]>; readonly total: number | null };

/**
 * Runs until the file or the count is finished or, in continuous mode, until the signal is aborted. Resolves once all events
 * read are durable. Throws `RangeError` for wrong options before it connects, errors of opening the file, `MalformedFile`,
 * and kafkajs's errors after its retries.
 */
export async function simulate(options: SimulateOptions, context: SimulateContext = {}): Promise<Summary> {
  const { report = () => undefined, signal, clock = systemClock } = context;
  checkOptions(options);
  const { kafka, topic, source, interval } = options;
  const compression = compressionType(options.compression);
  if (source.kind === 'replay' && source.file !== '-') await findFile(source.file);

  const started = clock.now();
  const topicCreated = await prepareTopic(options);
  if (topicCreated) report({ kind: 'topic-created', topic, partitions: options.partitions });
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
  });
  const totals = { sent: 0, bytes: 0, cycles: 0 };
  await producer.connect();
  try {
    const rate = options.rate === null ? null : new RateLimit(options.rate, clock.now());
    const nextCycle =
      source.kind === 'replay' ? replayCycles(source, options, context) : inventCycles(source, options, context);
    while (!signal?.aborted) {
      const { groups, total } = await nextCycle();
      totals.cycles += 1;
      const begun = clock.now();
      let sent = 0;
      let reportedAt = begun;
      const perSecond = () => Math.round((sent * 1000) / Math.max(1, clock.now() - begun));
      await produce(producer, groups, {
        topic,
        batchSize: options.batchSize,
        lingerMs: options.lingerMs,
        compression,
        rate,
        clock,
        signal,
        onSent: (messages, bytes) => {
          sent += messages;
          totals.sent += messages;
          totals.bytes += bytes;
          if (clock.now() - reportedAt < progressIntervalMs) return;
          reportedAt = clock.now();
          report({ kind: 'progress', sent, total, perSecond: perSecond() });
        },
      });
      report({ kind: 'cycle-done', cycle: totals.cycles, sent, seconds: (clock.now() - begun) / 1000 });
      if (interval === null || signal?.aborted) break;
      report({ kind: 'waiting', seconds: interval });
      await clock.sleep(interval * 1000, signal);
    }
  } catch (error) {
    // The signal may also interrupt the scan, which is a normal stop.
    if (!signal?.aborted || error !== signal.reason) throw error;
  } finally {
    await producer.disconnect();
  }
  return { ...totals, seconds: (clock.now() - started) / 1000, topicCreated, stopped: signal?.aborted ?? false };
}

async function prepareTopic({ kafka, topic, partitions }: SimulateOptions): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await ensureTopic(admin, topic, { partitions });
  } finally {
    await admin.disconnect();
  }
}

/** The first sequence number of new events. Scans the topic unless the options contain it. */
async function freshStart(options: SimulateOptions, { report, signal }: SimulateContext): Promise<bigint> {
  if (options.startSequence !== 'auto') return options.startSequence;
  const highest = await highestSequence(options.kafka, options.topic, {
    ...(signal ? { signal } : {}),
    onProgress: (read, total) => report?.({ kind: 'scanning', read, total }),
  });
  report?.({ kind: 'scanned', highest });
  return highest === null || highest < 0n ? 1n : highest + 1n;
}

/** Returns a function that gives the next cycle at each call: first the file unchanged, then shifted. */
function replayCycles(
  source: { readonly file: string },
  options: SimulateOptions,
  context: SimulateContext,
): () => Promise<Cycle> {
  const range: FileRange = emptyRange();
  let cycle = -1;
  let start: bigint | undefined;
  return async () => {
    cycle += 1;
    if (cycle === 0) {
      context.report?.({ kind: 'own-sequences', file: source.file });
      return { groups: replayFile(source.file, range, null), total: null };
    }
    start ??= await freshStart(options, context);
    context.report?.({ kind: 'fresh-sequences', start });
    const shift = shiftFor(range, start, cycle);
    if (range.highest !== null) start = range.highest + shift.sequence + 1n;
    return { groups: replayFile(source.file, null, shift), total: null };
  };
}

/** Returns a function that gives the next cycle of the same user base at each call. */
function inventCycles(
  source: Extract<SimulateOptions['source'], { kind: 'invent' }>,
  options: SimulateOptions,
  context: SimulateContext,
): () => Promise<Cycle> {
  let base: LegacyBase | undefined;
  return async () => {
    const { seed, operations, count, dirtyShare } = source;
    base ??= new LegacyBase({
      seed,
      operations,
      startSequence: await freshStart(options, context),
      ...(dirtyShare === undefined ? {} : { dirtyShare }),
    });
    context.report?.({ kind: 'fresh-sequences', start: base.nextSequence });
    return { groups: inventEvents(base, count), total: count };
  };
}
