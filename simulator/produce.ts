/**
 * Sends messages in batches, one request at a time: while one is on its way the next is gathered, and never more than
 * that is held. One request at a time also keeps the order of each key through retries.
 */
import type { CompressionTypes, Producer } from 'kafkajs';
import type { Clock } from './clock.ts';
import type { RateLimit } from './rate-limit.ts';

/** A message to be sent. Without a key kafkajs chooses the partition. */
export type Outgoing = { readonly key: string | null; readonly value: Buffer };

/** How to send. */
export type ProduceOptions = {
  readonly topic: string;
  /** Most messages in a request. */
  readonly batchSize: number;
  /** Most milliseconds a gathered message waits for others. */
  readonly lingerMs: number;
  readonly compression: CompressionTypes;
  readonly rate: RateLimit | null;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Called when messages are durable at the broker. */
  readonly onSent: (messages: number, bytes: number) => void;
};

/** Bytes in a request: all of them may belong to one partition, whose limit at the broker is 1 MiB by default. */
const requestBytes = 512 * 1024;

/**
 * Sends everything `groups` yields and resolves when it is durable (acks of all in-sync replicas). On abort it stops
 * taking, sends what it took and resolves. Rejects with kafkajs's error once its retries are used up, and with what
 * `groups` throws, after sending what came before.
 */
export async function produce(
  producer: Producer,
  groups: AsyncIterable<readonly Outgoing[]>,
  options: ProduceOptions,
): Promise<void> {
  const { clock, signal, rate } = options;
  let gathered: Outgoing[] = [];
  let bytes = 0;
  let since = 0;
  let request: Promise<void> = Promise.resolve();

  const flush = async () => {
    if (gathered.length === 0) return;
    const messages = gathered;
    const size = bytes;
    gathered = [];
    bytes = 0;
    await request;
    const { topic, compression } = options;
    request = producer
      .send({ topic, acks: -1, compression, messages })
      .then(() => options.onSent(messages.length, size));
    // A failure is thrown by the next flush; until then it must not count as unhandled.
    request.catch(() => undefined);
  };

  try {
    for await (const group of groups) {
      for (const message of group) {
        if (rate) {
          for (let wait = rate.take(clock.now()); wait > 0; wait = rate.take(clock.now())) {
            const due = gathered.length > 0 ? since + options.lingerMs - clock.now() : Number.POSITIVE_INFINITY;
            if (due <= 0) await flush();
            else await clock.sleep(Math.min(wait, due), signal);
            if (signal?.aborted) return;
          }
        }
        if (signal?.aborted) return;
        if (bytes + message.value.length > requestBytes) await flush();
        if (gathered.length === 0) since = clock.now();
        gathered.push(message);
        bytes += message.value.length;
        if (gathered.length >= options.batchSize || (rate && clock.now() - since >= options.lingerMs)) await flush();
      }
    }
  } finally {
    await flush();
    await request;
  }
}
