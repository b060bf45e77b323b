/**
 * Reads topics until it is stopped or has caught up: what one process does, be it `sluice run` or `sluice replicate`
 * itself or a worker of theirs. Servers, schema and topic are there already.
 */
import { disconnectSoon, type KafkaCluster, kafkaClient } from '../adapters/kafka/client.ts';
import type { TopicRange } from '../adapters/kafka/topics.ts';
import type { Database } from '../adapters/postgres/connection.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import type { TransformConfig } from '../pipeline/transform/config.ts';
import type { UserMap } from '../schemas/user-map/user-map.ts';
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

/** Resolves when the stop has drained or the topics' ends at the start are durable; rejects with what ended the reading. */
export async function readTopic(reading: Reading, { logger, stop, onCommitted }: Surveillance): Promise<void> {
  const { values, cluster, database, ends, clientId } = reading;
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
      await caughtUp({ ...values, database, ends, source, signal: stopOrDone }).finally(() => done.abort());
    };
    const [ran, watched] = await Promise.allSettled([reporting(logger, pipeline.progress, work), watch()]);
    for (const end of [ran, watched]) if (end.status === 'rejected') throw end.reason;
  } finally {
    await disconnectSoon(admin);
  }
}
