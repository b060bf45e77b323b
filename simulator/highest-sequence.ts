/**
 * Finds the highest `cdc_sequence` in a topic. Later events must have higher numbers, or they would be superseded. Reads the
 * topic up to its end at the start of the scan, in a temporary consumer group. That end is the last stable offset, so
 * numbers in an open transaction are not found.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { type PartitionRange, partitionRanges, topicNames } from '../adapters/kafka/topics/topic.ts';
import { HighestSequence } from './scan-sequence.ts';

export type ScanOptions = {
  readonly signal?: AbortSignal;
  /** Called during the scan, at most four times a second, with the records read and in total. */
  readonly onProgress?: (read: number, total: number) => void;
  /** Milliseconds without progress after which the scan fails; 30 s by default. */
  readonly stallMs?: number;
};

const progressIntervalMs = 250;

/**
 * The highest number; null for a topic that is missing, empty or without numbers. Rejects when Kafka cannot be reached, when
 * there is no progress for `stallMs`, and with the signal's reason on abort.
 */
export async function highestSequence(kafka: Kafka, topic: string, options: ScanOptions = {}): Promise<bigint | null> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    options.signal?.throwIfAborted();
    if (!(await topicNames(admin)).includes(topic)) return null;
    const ranges = (await partitionRanges(admin, topic)).filter(({ low, high }) => high > low);
    if (ranges.length === 0) return null;
    const groupId = `sluice-simulate-scan-${randomUUID()}`;
    try {
      return await scan(kafka, topic, groupId, ranges, options);
    } finally {
      // A failure is harmless, because the broker deletes the group when it expires.
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
  let progressAt = performance.now();
  let reportedAt = 0;
  let finish: (error?: unknown) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error));
  });
  // Prevents an unhandled rejection when the scan fails before `finished` is awaited.
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
    progressAt = performance.now();
    const end = open.get(partition);
    if (end !== undefined && next >= end) open.delete(partition);
    if (open.size === 0) finish();
  };
  consumer.on(consumer.events.CRASH, ({ payload }) => finish(payload.error));
  // Transaction markers never reach eachBatch, and may be the last records of a log.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    reached(payload.partition, BigInt(payload.lastOffset) + 1n);
  });
  const watch = setInterval(() => {
    if (performance.now() - progressAt <= stallMs) return;
    finish(new Error(`scanning ${topic} for its highest sequence number: no record arrived for ${stallMs / 1000} s`));
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
        if (performance.now() - reportedAt < progressIntervalMs) return;
        reportedAt = performance.now();
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
