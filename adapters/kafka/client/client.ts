/**
 * The Kafka client with our logger behind it. kafkajs logs ordinary rebalances of a consumer group as errors. The
 * pipeline's own messages report what a person has to know, so all lines of kafkajs go to the debug level.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, type KafkaConfig, type logCreator, logLevel } from 'kafkajs';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import { type Say, Waiting } from '../../../pipeline/waiting.ts';
import { registerCodecs } from '../codec/codecs.ts';
import { readBatchesOurselves } from '../records/record-batches.ts';
import { DisconnectingKafka } from './disconnecting-kafka.ts';
import { checkOnlyWaitingRequests } from './request-queue.ts';

/** How to reach the cluster. */
export type KafkaCluster = Pick<KafkaConfig, 'ssl' | 'sasl'> & { readonly brokers: string[] };

/** Milliseconds for which a command tries its first connection. */
export const firstConnectionLimit = 30_000;

let isRepaired = false;

/**
 * Installs our codecs, our batch reader and a request queue without busy timers in kafkajs, for every client of this process.
 * Called before the first client is created, because an import must not have such effects.
 */
export function repairKafkajs(): void {
  if (isRepaired) return;
  isRepaired = true;
  // The default partitioner is Java's since kafkajs 2, which is what we want, so the warning is turned off.
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  registerCodecs();
  readBatchesOurselves();
  checkOnlyWaitingRequests();
}

const logTo =
  (logger: Logger): logCreator =>
  () =>
  ({ namespace, level, log: { message, error, ...rest } }) => {
    const fields = { kafka: namespace, ...(error === undefined ? {} : { error: String(error) }) };
    const where = typeof rest.broker === 'string' ? { ...fields, broker: rest.broker } : fields;
    if (level === logLevel.ERROR) logger.debug(where, `kafkajs: ${message}`);
    else if (level === logLevel.WARN) logger.debug(where, `kafkajs: ${message}`);
  };

/** Makes a client. Does not connect. */
export function kafkaClient(cluster: KafkaCluster, clientId: string, logger: Logger): Kafka {
  repairKafkajs();
  return new DisconnectingKafka({
    ...cluster,
    clientId,
    logLevel: logLevel.WARN,
    logCreator: logTo(logger),
    connectionTimeout: 5_000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
  });
}

/**
 * Resolves once the cluster answers. Throws `kafka_unreachable` after `limitMs`, with the addresses that were tried.
 * Reports after one second that it is waiting.
 */
export async function reachCluster(
  cluster: KafkaCluster,
  logger: Logger,
  say: Say,
  limitMs = firstConnectionLimit,
): Promise<void> {
  repairKafkajs();
  const quick = new Kafka({
    ...cluster,
    clientId: 'sluice-probe',
    logLevel: logLevel.WARN,
    logCreator: logTo(logger),
    connectionTimeout: Math.min(3_000, limitMs),
    requestTimeout: Math.min(5_000, limitMs),
    // One attempt for each broker in the list; the loop below retries.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: Math.min(cluster.brokers.length - 1, 2) },
  });
  const until = performance.now() + limitMs;
  const waiting = new Waiting(`Kafka at ${cluster.brokers.join(', ')}`, limitMs, say);
  try {
    for (;;) {
      const admin = quick.admin();
      try {
        await admin.connect();
        await admin.describeCluster();
        return;
      } catch (error) {
        if (performance.now() >= until || isFinal(error)) throw unreachable(cluster, error);
        waiting.failed(error);
        await sleep(Math.min(500, Math.max(0, until - performance.now())));
      } finally {
        await disconnectSoon(admin);
      }
    }
  } finally {
    waiting.end();
  }
}

/** Disconnects, waiting at most two seconds for a broker that may be down. */
export async function disconnectSoon(admin: Admin): Promise<void> {
  await Promise.race([admin.disconnect().catch(() => undefined), sleep(2_000, undefined, { ref: false })]);
}

/** Wrong credentials stay wrong, so retrying is useless. */
const isFinal = (error: unknown): boolean => /SASL|authentication/i.test(`${error}`);

const unreachable = ({ brokers }: KafkaCluster, cause: unknown): PipelineError =>
  new PipelineError('kafka_unreachable', `no Kafka answers at ${brokers.join(', ')}: ${messageOf(cause)}`, {
    advice: 'Is it up, and is KAFKA_BOOTSTRAP_SERVERS right? `npx sluice stack up` starts a local one.',
    cause,
  });
