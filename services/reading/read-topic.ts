/**
 * Reads topics in one process, the main process or a worker, until it is stopped or has caught up. Servers, schema and
 * topics must exist.
 */
import { disconnectSoon, type KafkaCluster, kafkaClient } from '../../adapters/kafka/client/client.ts';
import { type TopicRange, topicRanges } from '../../adapters/kafka/topics/topics.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { loadOwnFunctions } from '../enrich/own-functions.ts';
import { type EnrichmentConfig, kafkaPipeline, type TopicConfig } from '../enrich/pipeline.ts';
import { noticesTo, type ServiceEvents } from '../events.ts';
import { type ReplicationConfig, replicationPipeline } from '../replicate/pipeline.ts';
import { describeTarget, type TargetDatabase } from '../target.ts';
import { caughtUp } from './caught-up.ts';
import { lagNow } from './lag.ts';
import { reporting } from './reports.ts';

/** Settings of every kind of reading. */
type Common = {
  readonly cluster: KafkaCluster;
  /** End offsets of the topics at the start of the run. */
  readonly ends: readonly TopicRange[];
  /** Whether reading ends once all records before `ends` are durable. */
  readonly untilCaughtUp: boolean;
  /** Name of this process in the consumer group. */
  readonly clientId: string;
};

/** An enrichment from a topic. */
export type EnrichmentReading = {
  readonly kind: 'enrichment';
  readonly database: Database;
  readonly config: EnrichmentConfig & Required<TopicConfig>;
  /** Folder of the user's own functions; `udfs/own` of the checkout if undefined. */
  readonly functionsFolder: string | undefined;
};

/** A replication. */
export type ReplicationReading = {
  readonly kind: 'replication';
  readonly database: TargetDatabase;
  readonly config: ReplicationConfig;
};

/** Input, target and settings. Plain data: it can be sent to another process. */
export type Reading = Common & (EnrichmentReading | ReplicationReading);

/**
 * Resolves with the number of parked records once it has drained after a stop, or has caught up. Rejects with the error that
 * ended the reading.
 */
export async function readTopic(reading: Reading, events: ServiceEvents, stop: AbortSignal): Promise<number> {
  const { cluster, database, ends, clientId, untilCaughtUp } = reading;
  const { groupId } = reading.config;
  const logger = noticesTo(events);
  logger.debug(startFields(reading), 'starting');
  const kafka = kafkaClient(cluster, clientId, logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const parts = { events, kafka, admin };
    const pipeline =
      reading.kind === 'enrichment'
        ? kafkaPipeline(
            {
              ...reading.config,
              ...parts,
              database: reading.database,
              own: await loadOwnFunctions(reading.functionsFolder),
            },
            { ...reading.config, kafka, admin },
          )
        : await replicationPipeline({ ...reading.config, ...parts, database: reading.database });
    const done = new AbortController();
    const stopOrDone = AbortSignal.any([stop, done.signal]);
    // The pipeline and the watch stop each other, also after an error.
    const work = () => pipeline.run(stopOrDone).finally(() => done.abort());
    const { progress, source } = pipeline;
    const watch = async () => {
      if (!untilCaughtUp) return;
      const newest = async (topics: readonly string[]) =>
        (await Promise.all(topics.map((topic) => topicRanges(kafka, { kind: 'one', topic })))).flat();
      const watched = { database, groupId, ends, newest, source, signal: stopOrDone };
      if (await caughtUp(watched).finally(() => done.abort()))
        logger.debug(
          { partitions: ends.length },
          'caught up: all records that were in the topics at the start are durable',
        );
    };
    const lag = () => lagNow(kafka, admin, source);
    const reported = { events, progress, database, pipeline: groupId, lag };
    const [ran, watched] = await Promise.allSettled([reporting(reported, work), watch()]);
    if (ran.status === 'rejected') throw ran.reason;
    if (watched.status === 'rejected') throw watched.reason;
    return ran.value;
  } finally {
    await disconnectSoon(admin);
  }
}

/** Returns the settings as log fields, without passwords. */
function startFields({ kind, config, cluster, database, ends, untilCaughtUp }: Reading): object {
  const { groupId, lanes, windowBytes, transactionRecords, breakerShare, from, onLostPosition } = config;
  const recordsInLog = ends.reduce((sum, { low, high }) => sum + Number(high - low), 0);
  return {
    kind,
    pipeline: groupId,
    brokers: cluster.brokers,
    database: describeTarget(database),
    topics: [...new Set(ends.map(({ topic }) => topic))].slice(0, 20),
    partitions: ends.length,
    recordsInLog,
    ...{ lanes, windowBytes, maxRecords: transactionRecords, breaker: breakerShare },
    ...{ from, onLostPosition, untilCaughtUp },
  };
}
