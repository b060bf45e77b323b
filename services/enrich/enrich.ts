/**
 * Enriches events of a file or a topic into `users_enriched`, until it is stopped, has caught up, or its file ends. With
 * several workers this process does the setup once and then supervises them.
 */
import { disconnectSoon, type KafkaCluster, kafkaClient, reachCluster } from '../../adapters/kafka/client/client.ts';
import { describeCluster, requireTopic } from '../../adapters/kafka/topics/topic.ts';
import { type TopicRange, topicRanges } from '../../adapters/kafka/topics/topics.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { OnLostPosition } from '../../pipeline/ports.ts';
import { diagnose } from '../diagnose.ts';
import { reportIgnoredStart } from '../reading/ignored-start.ts';
import { reporting } from '../reading/reports.ts';
import { type Running, start, unlessStopped, type Work } from '../running.ts';
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
  /** Number of partitions if a missing topic is to be created; null if the topic must exist. */
  readonly createPartitions: number | null;
  /** Whether to end once all records are durable that were in the topic at the start. */
  readonly untilCaughtUp: boolean;
};

/** Input, target and settings of an enrichment. */
export type EnrichConfig = EnrichmentConfig & {
  readonly database: Database;
  readonly input: FileInput | TopicInput;
  /** Whether the user set `from`: then a start without effect is reported. */
  readonly isFromExplicit: boolean;
  /** Folder of the user's own functions; `udfs/own` of the checkout if undefined. */
  readonly functionsFolder: string | undefined;
  /** How the workers that share the topic are started; a file is read in this process. */
  readonly workers: WorkerLaunch;
};

/** Starts the enrichment. `done` resolves with the number of parked records. */
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
  await unlessStopped(stop, prepare(parts));
  const { progress, source, run } = filePipeline(parts, input.path, input.onLostPosition);
  await reportIfIgnored(config, events, source.topic);
  const lag = async () => ({ readPercent: await source.readPercent() });
  return await reporting({ events, progress, database, pipeline: groupId, lag }, () => run(stop));
}

async function readKafka(config: EnrichConfig, input: TopicInput, parts: EnrichmentParts, work: Work) {
  const { events, logger, stop } = work;
  const { database, functionsFolder, workers } = config;
  const { cluster, topic, untilCaughtUp } = input;
  await unlessStopped(
    stop,
    reachCluster(cluster, logger, (line) => logger.warn({}, line)),
  );
  await unlessStopped(stop, checkTopic(input, parts, work));
  await unlessStopped(stop, prepare(parts));
  await reportIfIgnored(config, events, topic);
  const ends = await topicEnds(input, work);
  const reading = {
    kind: 'enrichment',
    config: readingConfig(config, input),
    functionsFolder,
    ...{ cluster, database, ends, untilCaughtUp },
  } as const;
  return await readTogether(reading, workers, work);
}

/** Returns the part of the configuration that a worker needs, as plain data. */
const readingConfig = (config: EnrichConfig, { topic, from, onLostPosition, fetchMinBytes }: TopicInput) => {
  const { database: _d, input: _i, isFromExplicit: _f, functionsFolder: _o, workers: _w, ...enrichment } = config;
  return { ...enrichment, topic, from, onLostPosition, fetchMinBytes };
};

async function prepare(parts: EnrichmentParts): Promise<void> {
  const versions = await prepareDatabase(parts);
  if (versions.length > 0) parts.events.emit({ type: 'schemaMigrated', versions });
}

async function reportIfIgnored(config: EnrichConfig, events: Work['events'], topic: string): Promise<void> {
  const { database, groupId, input, isFromExplicit } = config;
  if (isFromExplicit) await reportIgnoredStart({ database, groupId, from: input.from, events }, [topic]);
}

/** Checks the topic and the table that it feeds, before anything is created. */
async function checkTopic(input: TopicInput, parts: EnrichmentParts, { logger }: Work): Promise<void> {
  const { topic, cluster, createPartitions } = input;
  const admin = kafkaClient(cluster, 'sluice', logger).admin();
  await admin.connect();
  try {
    const { clusterId } = await describeCluster(admin);
    const requireExisting = async () => {
      if (createPartitions === null) await requireTopic(admin, topic);
    };
    await checkFeed(parts, { kind: 'topic', topic, clusterId: clusterId || null }).catch(async (error) => {
      // A misspelt topic also fails this check. `requireTopic` reports that cause instead.
      if (diagnose(error).code === 'source_mismatch') await requireExisting();
      throw error;
    });
    await requireExisting();
  } finally {
    await disconnectSoon(admin);
  }
}

/** Creates the topic if requested, and returns its end offsets. */
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
