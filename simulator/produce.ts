/**
 * Sends messages in batches, one request at a time. While a request is in flight, at most one more batch is collected. One
 * request at a time also keeps the order of each key when requests are retried.
 */
import type { CompressionTypes, Producer } from 'kafkajs';
import type { Clock } from './clock.ts';
import type { RateLimit } from './rate-limit.ts';

/** A message to send. Without a key, kafkajs chooses the partition. */
export type Outgoing = { readonly key: string | null; readonly value: Buffer };

/** How to send. */
export type ProduceOptions = {
  readonly topic: string;
  /** Most messages in a request. */
  readonly batchSize: number;
  /** Most milliseconds for which a message waits until its batch is sent. */
  readonly lingerMs: number;
  readonly compression: CompressionTypes;
  readonly rate: RateLimit | null;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Called once messages are durable at the broker. */
  readonly onSent: (messages: number, bytes: number) => void;
};

/** Most bytes in a request. All may go to one partition, for which the broker's default limit is 1 MiB. */
const requestBytes = 512 * 1024;

/**
 * Sends all messages of `groups` and resolves once they are durable (acknowledged by all in-sync replicas). On abort it stops
 * reading, sends the messages already read and resolves. Rejects with kafkajs's error after its retries, and with an error of
 * `groups` after sending the messages before it.
 */
export async function produce(
  producer: Producer,
  groups: AsyncIterable<readonly Outgoing[]>,
  options: ProduceOptions,
): Promise<void> {
  const { clock, signal, rate } = options;
  let collected: Outgoing[] = [];
  let bytes = 0;
  let since = 0;
  let request: Promise<void> = Promise.resolve();

  const flush = async () => {
    if (collected.length === 0) return;
    const messages = collected;
    const size = bytes;
    collected = [];
    bytes = 0;
    await request;
    const { topic, compression } = options;
    request = producer
      .send({ topic, acks: -1, compression, messages })
      .then(() => options.onSent(messages.length, size));
    // Prevents an unhandled rejection; the next flush throws the error.
    request.catch(() => undefined);
  };

  try {
    for await (const group of groups) {
      for (const message of group) {
        if (rate) {
          for (let wait = rate.take(clock.now()); wait > 0; wait = rate.take(clock.now())) {
            const due = collected.length > 0 ? since + options.lingerMs - clock.now() : Number.POSITIVE_INFINITY;
            if (due <= 0) await flush();
            else await clock.sleep(Math.min(wait, due), signal);
            if (signal?.aborted) return;
          }
        }
        if (signal?.aborted) return;
        if (bytes + message.value.length > requestBytes) await flush();
        if (collected.length === 0) since = clock.now();
        collected.push(message);
        bytes += message.value.length;
        if (collected.length >= options.batchSize || (rate && clock.now() - since >= options.lingerMs)) await flush();
      }
    }
  } finally {
    await flush();
    await request;
  }
}
