/** Produces a workload at a steady rate, each record to its partition, in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaClient } from '../context.ts';
import type { OracleRecord } from '../oracle/workload.ts';

/** A running production. */
export type Production = {
  /** Number of records in each partition that Kafka has acknowledged. */
  readonly filled: ReadonlyMap<number, number>;
  /** Allows it to send up to this number of records in total. */
  readonly allow: (records: number) => void;
  /** Resolves with the sending time in seconds when all is sent; rejects when sending fails. */
  readonly sent: Promise<number>;
};

const tickMs = 50;
/** Most records in one request, because the broker accepts 1 MiB. */
const maxAtOnce = 1_000;

/** Starts to send at `rate` records per second. It pauses at the allowed number. */
export function produceAt(
  rate: number,
  topic: string,
  partitions: number,
  records: readonly OracleRecord[],
): Production {
  const filled = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]));
  let allowed = 0;
  const send = async () => {
    const producer = kafkaClient().producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    try {
      let sending = 0;
      for (let at = 0, last = Date.now(); at < records.length; ) {
        await sleep(tickMs);
        const now = Date.now();
        if (at < allowed) sending += (now - last) / 1000;
        last = now;
        const part = records.slice(at, Math.min(allowed, at + maxAtOnce, Math.floor(sending * rate)));
        if (part.length === 0) continue;
        await producer.send({ topic, messages: part.map(({ partition, key, value }) => ({ partition, key, value })) });
        for (const { partition } of part) filled.set(partition, (filled.get(partition) ?? 0) + 1);
        at += part.length;
      }
      return sending;
    } finally {
      await producer.disconnect();
    }
  };
  return { filled, allow: (most) => (allowed = most), sent: send() };
}
