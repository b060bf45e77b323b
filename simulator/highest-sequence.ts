/**
 * The highest `cdc_sequence` in a topic: what is sent next must lie above it, or the pipeline would take it for old.
 * Reads the topic to where it ended at the start, with a consumer group of its own that is deleted afterwards. The end is
 * the last stable offset: the numbers of a transaction still open are not seen.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { type PartitionRange, partitionRanges } from '../adapters/kafka/topics/topic.ts';
import { HighestSequence } from './scan-sequence.ts';

export type ScanOptions = {
  readonly signal?: AbortSignal;
  /** Called as the scan goes on, at most four times a second: records read of records in the topic. */
  readonly onProgress?: (read: number, total: number) => void;
  /** Milliseconds without any progress after which the scan fails. */
  readonly stallMs?: number;
};

const progressMs = 250;

/**
 * Null for a topic that is missing, empty, or without any number. Rejects when Kafka cannot be reached, when nothing
 * moves for `stallMs` (30 s), and with the signal's reason on abort.
 */
export async function highestSequence(kafka: Kafka, topic: string, options: ScanOptions = {}): Promise<bigint | null> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    options.signal?.throwIfAborted();
    if (!(await admin.listTopics()).includes(topic)) return null;
    const ranges = (await partitionRanges(admin, topic)).filter(({ low, high }) => high > low);
    if (ranges.length === 0) return null;
    const groupId = `sluice-simulate-scan-${randomUUID()}`;
    try {
      return await scan(kafka, topic, groupId, ranges, options);
    } finally {
      // A group that cannot be deleted costs nothing: the broker drops it when it expires.
      await admin.deleteGroups([groupId]).catch(() => undefined);
    }
  } finally {
    await admin.disconnect();
  }
}

async function scan(
  kafka: Kafka,
  topic: string,
  groupId: string,
  ranges: readonly PartitionRange[],
  { signal, onProgress, stallMs = 30_000 }: ScanOptions,
): Promise<bigint | null> {
  const highest = new HighestSequence();
  const open = new Map(ranges.map(({ partition, high }) => [partition, high]));
  const total = ranges.reduce((sum, { low, high }) => sum + Number(high - low), 0);
  let read = 0;
  let moved = performance.now();
  let told = 0;
  let finish: (error?: unknown) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error));
  });
  // A failure before anybody waits for it must not count as unhandled.
  finished.catch(() => undefined);

  const consumer = kafka.consumer({
    groupId,
    readUncommitted: true,
    allowAutoTopicCreation: false,
    maxBytesPerPartition: 4 * 1024 * 1024,
    maxWaitTimeInMs: 100,
    retry: { retries: 5, restartOnFailure: async () => false },
  });
  const reached = (partition: number, next: bigint) => {
    moved = performance.now();
    const end = open.get(partition);
    if (end !== undefined && next >= end) open.delete(partition);
    if (open.size === 0) finish();
  };
  consumer.on(consumer.events.CRASH, ({ payload }) => finish(payload.error));
  // Transaction markers are never handed to eachBatch, and may be the end of a log.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    reached(payload.partition, BigInt(payload.lastOffset) + 1n);
  });
  const watch = setInterval(() => {
    if (performance.now() - moved <= stallMs) return;
    finish(new Error(`scanning ${topic} for its highest sequence number: nothing came for ${stallMs / 1000} s`));
  }, 500);
  const abort = () => finish(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) if (value) highest.look(value);
        read += batch.messages.length;
        if (performance.now() - told < progressMs) return;
        told = performance.now();
        onProgress?.(Math.min(read, total), total);
      },
    });
    await finished;
    onProgress?.(total, total);
    return highest.value;
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', abort);
    await consumer.disconnect();
  }
}
