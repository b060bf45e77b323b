/**
 * Reads topics until it is stopped or has caught up: what one process does, be it `sluice run` or `sluice replicate`
 * itself or a worker of theirs. Servers, schema and topic are there already.
 */
import { disconnectSoon, type KafkaCluster, kafkaClient } from '../adapters/kafka/client/client.ts';
import type { TopicRange } from '../adapters/kafka/topics/topics.ts';
import { type Database, describeDatabase } from '../engines/postgres/connection/connection.ts';
import type { UserMap } from '../formats/flat/mapped/user-map.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import type { TransformConfig } from '../pipeline/transform/config.ts';
import type { DeadLetterQuery } from './dead-letter-query.ts';
import { lagNow } from './lag-line.ts';
import type { Values } from './options.ts';
import { loadOwnFunctions } from './own-functions.ts';
import { kafkaPipeline, pipelineOptions } from './pipeline.ts';
import { type replicationOptions, replicationPipeline } from './replication.ts';
import { reporting } from './reporting.ts';
import { caughtUp } from './until-caught-up.ts';

/** The options that say how a topic is read. */
export const readingOptions = [
  ...pipelineOptions,
  'topic',
  'from',
  'onLostPosition',
  'untilCaughtUp',
  'fetchMinBytes',
] as const;

/** What every reading names. */
type Common = {
  readonly cluster: KafkaCluster;
  readonly database: Database;
  /** Where the topics ended at the start of the run, for `--until-caught-up`. */
  readonly ends: readonly TopicRange[];
  /** Name of this process in the consumer group. */
  readonly clientId: string;
  /** Where its dead letters are to be seen. */
  readonly deadLetters: DeadLetterQuery;
};

/** What is read, from where, into what. Can be sent to another process. */
export type Reading = Common &
  (
    | {
        readonly kind: 'enrichment';
        readonly values: Values<(typeof readingOptions)[number]>;
        readonly map: UserMap | undefined;
      }
    | {
        readonly kind: 'replication';
        readonly values: Values<(typeof replicationOptions)[number]>;
        readonly source: Database | undefined;
        readonly rules: TransformConfig;
      }
  );

/** Who watches, and who ends it. */
export type Surveillance = {
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** Told of every transaction. */
  readonly onCommitted?: (committed: Committed) => void;
};

/**
 * Resolves with the number of parked records when the stop has drained or the topics' ends at the start are durable;
 * rejects with what ended the reading.
 */
export async function readTopic(reading: Reading, { logger, stop, onCommitted }: Surveillance): Promise<number> {
  const { values, cluster, database, ends, clientId, deadLetters } = reading;
  logger.debug(startOf(reading), 'starting');
  const kafka = kafkaClient(cluster, clientId, logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const parts = { database, logger, ...(onCommitted === undefined ? {} : { onCommitted }) };
    const pipeline =
      reading.kind === 'enrichment'
        ? kafkaPipeline(
            {
              ...reading.values,
              map: reading.map,
              ...parts,
              own: await loadOwnFunctions(reading.values.functions),
            },
            { ...reading.values, kafka, admin },
          )
        : await replicationPipeline({ ...reading.values, ...reading, ...parts, kafka, admin });
    const done = new AbortController();
    const stopOrDone = AbortSignal.any([stop, done.signal]);
    // Whichever ends first, well or badly, stops the other.
    const work = () => pipeline.run(stopOrDone).finally(() => done.abort());
    const watch = async () => {
      if (!values.untilCaughtUp) return;
      const { source } = pipeline;
      const all = await caughtUp({ ...values, database, ends, source, signal: stopOrDone }).finally(() => done.abort());
      if (all)
        logger.debug({ partitions: ends.length }, 'caught up: all that was in the topics at the start is durable');
    };
    const { progress, source } = pipeline;
    const lag = () => lagNow(kafka, admin, source);
    const reported = { logger, progress, database, deadLetters, lag };
    const [ran, watched] = await Promise.allSettled([reporting(reported, work), watch()]);
    if (ran.status === 'rejected') throw ran.reason;
    if (watched.status === 'rejected') throw watched.reason;
    return ran.value;
  } finally {
    await disconnectSoon(admin);
  }
}

/** What was decided, for the log. No passwords. */
function startOf({ kind, values, cluster, database, ends }: Reading): object {
  const { groupId, lanes, windowBytes, maxRecords, breaker, from, onLostPosition, untilCaughtUp } = values;
  const held = ends.reduce((sum, { low, high }) => sum + Number(high - low), 0);
  return {
    kind,
    pipeline: groupId,
    brokers: cluster.brokers,
    database: describeDatabase(database),
    topics: [...new Set(ends.map(({ topic }) => topic))].slice(0, 20),
    partitions: ends.length,
    recordsInLog: held,
    ...{ lanes, windowBytes, maxRecords, breaker, from, onLostPosition, untilCaughtUp },
  };
}
