/**
 * Enriches events of a file or a topic into `users_enriched`, until it is stopped, has caught up, or its file ends. Of
 * several processes this one does once what must be done once, and then keeps the workers that read.
 */
import { disconnectSoon, type KafkaCluster, kafkaClient, reachCluster } from '../../adapters/kafka/client/client.ts';
import { requireTopic } from '../../adapters/kafka/topics/topic.ts';
import { type TopicRange, topicRanges } from '../../adapters/kafka/topics/topics.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { OnLostPosition } from '../../pipeline/ports.ts';
import { diagnose } from '../diagnose.ts';
import { reportIgnoredStart } from '../reading/ignored-start.ts';
import { reporting } from '../reading/reports.ts';
import { orCut, type Running, start, type Work } from '../running.ts';
import { readTogether } from '../supervise/read-together.ts';
import type { WorkerLaunch } from '../supervise/worker-process.ts';
import { loadOwnFunctions } from './own-functions.ts';
import {
  checkFeed,
  type EnrichmentConfig,
  type EnrichmentParts,
  filePipeline,
  prepareDatabase,
  prepareTopic,
  type TopicConfig,
} from './pipeline.ts';

/** A file, or standard input as `-`. */
export type FileInput = {
  readonly kind: 'file';
  readonly path: string;
  readonly from: 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
};

/** A topic of Kafka. */
export type TopicInput = Required<TopicConfig> & {
  readonly kind: 'topic';
  readonly cluster: KafkaCluster;
  /** Partitions of the topic where it is to be made if it is missing; null where it must be there. */
  readonly createPartitions: number | null;
  /** Whether to end when everything is durable that was in the topic at the start. */
  readonly untilCaughtUp: boolean;
};

/** What is enriched, from where, into what. */
export type EnrichConfig = EnrichmentConfig & {
  readonly database: Database;
  readonly input: FileInput | TopicInput;
  /** Whether `from` was asked for, so that it is told where it has no effect. */
  readonly isFromAsked: boolean;
  /** Folder of the user's own functions; the one of the checkout when undefined. */
  readonly functionsFolder: string | undefined;
  /** How processes that share the topic are started; a file is read by this process alone. */
  readonly workers: WorkerLaunch;
};

/** Starts it. `done` has the number of parked records. */
export const startEnrichment = (config: EnrichConfig): Running<{ readonly parked: number }> =>
  start(async (work) => {
    const own = await loadOwnFunctions(config.functionsFolder);
    const parts: EnrichmentParts = { ...config, events: work.events, own };
    const { input } = config;
    return {
      parked: await (input.kind === 'file'
        ? readFile(config, input, parts, work)
        : readKafka(config, input, parts, work)),
    };
  });

async function readFile(config: EnrichConfig, input: FileInput, parts: EnrichmentParts, { events, stop }: Work) {
  const { database, groupId } = config;
  await orCut(stop, prepare(parts));
  const { progress, source, run } = filePipeline(parts, input.path, input.onLostPosition);
  await tellIgnored(config, events, source.topic);
  const lag = async () => ({ readPercent: await source.readPercent() });
  return await reporting({ events, progress, database, pipeline: groupId, lag }, () => run(stop));
}

async function readKafka(config: EnrichConfig, input: TopicInput, parts: EnrichmentParts, work: Work) {
  const { events, logger, stop } = work;
  const { database, functionsFolder, workers } = config;
  const { cluster, topic, untilCaughtUp } = input;
  await orCut(
    stop,
    reachCluster(cluster, logger, (line) => logger.warn({}, line)),
  );
  await orCut(stop, checkBeforehand(input, parts, work));
  await orCut(stop, prepare(parts));
  await tellIgnored(config, events, topic);
  const ends = await topicEnds(input, work);
  const reading = {
    kind: 'enrichment',
    config: readingConfig(config, input),
    functionsFolder,
    ...{ cluster, database, ends, untilCaughtUp },
  } as const;
  return await readTogether(reading, workers, work);
}

/** What a worker needs of the configuration: nothing that cannot be sent to another process. */
const readingConfig = (config: EnrichConfig, { topic, from, onLostPosition, fetchMinBytes }: TopicInput) => {
  const { database: _d, input: _i, isFromAsked: _f, functionsFolder: _o, workers: _w, ...enrichment } = config;
  return { ...enrichment, topic, from, onLostPosition, fetchMinBytes };
};

async function prepare(parts: EnrichmentParts): Promise<void> {
  const versions = await prepareDatabase(parts);
  if (versions.length > 0) parts.events.emit({ type: 'schemaMigrated', versions });
}

async function tellIgnored(config: EnrichConfig, events: Work['events'], topic: string): Promise<void> {
  const { database, groupId, input, isFromAsked } = config;
  if (isFromAsked) await reportIgnoredStart({ database, groupId, from: input.from, events }, [topic]);
}

/** Everything that can be wrong with the topic, or the table that it feeds, is found before anything is made. */
async function checkBeforehand(input: TopicInput, parts: EnrichmentParts, { logger }: Work): Promise<void> {
  const { topic, cluster, createPartitions } = input;
  const admin = kafkaClient(cluster, 'sluice', logger).admin();
  await admin.connect();
  try {
    const { clusterId } = await admin.describeCluster();
    const requireIt = async () => {
      if (createPartitions === null) await requireTopic(admin, topic);
    };
    await checkFeed(parts, { kind: 'topic', topic, clusterId: clusterId || null }).catch(async (error) => {
      // A misspelt topic is also another than the table is fed from.
      if (diagnose(error).code === 'source_mismatch') await requireIt();
      throw error;
    });
    await requireIt();
  } finally {
    await disconnectSoon(admin);
  }
}

/** Makes the topic where that was asked for, and answers where it ends. */
async function topicEnds(input: TopicInput, { events, logger }: Work): Promise<readonly TopicRange[]> {
  const { topic, cluster, createPartitions } = input;
  const kafka = kafkaClient(cluster, 'sluice', logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (createPartitions !== null) await prepareTopic(admin, events, topic, createPartitions);
    return await topicRanges(kafka, { kind: 'one', topic });
  } finally {
    await disconnectSoon(admin);
  }
}
