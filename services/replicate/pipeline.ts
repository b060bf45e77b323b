/** Builds the replication pipeline: connects adapters and engine with the graph. */

import type { Admin, Kafka } from 'kafkajs';
import { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { describeCluster, topicNames } from '../../adapters/kafka/topics/topic.ts';
import { chosenFrom } from '../../adapters/kafka/topics/topics.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { AfterResnapshot } from '../../engines/sink/replica/snapshots.ts';
import type { SinkParts } from '../../engines/sink/sink.ts';
import { replicationGraph } from '../../pipeline/graph.ts';
import type { OnLostPosition } from '../../pipeline/ports.ts';
import { runGraph } from '../../pipeline/runner.ts';
import { isReplicatedAsIs, type TransformConfig } from '../../pipeline/transform/config.ts';
import { transformer } from '../../pipeline/transform/transformer.ts';
import { Window } from '../../pipeline/window.ts';
import { countCommitted, type Pipeline } from '../enrich/pipeline.ts';
import { noticesTo, type ServiceEvents } from '../events.ts';
import type { TargetDatabase } from '../target.ts';
import { type Carried, replicaOf } from './replica.ts';

/** How captured tables become their replica. Plain data: it can be sent to another process. */
export type ReplicationConfig = {
  /** Name of the pipeline, and group ID of its consumer group. */
  readonly groupId: string;
  /** Topics whose names match are read. */
  readonly topics: RegExp;
  readonly from: 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
  /** Share of parked records above which the pipeline stops; null disables the breaker. */
  readonly breakerShare: number | null;
  /** Number of lanes: parallel ordered writers, each with its own connection. */
  readonly lanes: number;
  /** Most bytes between source and target. */
  readonly windowBytes: number;
  /** Most records in one transaction. */
  readonly transactionRecords: number;
  readonly fetchMinBytes: number;
  /** Longest wait of a fetch for new records, capped at 500 ms. */
  readonly pollTimeoutMs: number;
  /** Whether rows that a later snapshot does not contain are kept or deleted. */
  readonly afterResnapshot: AfterResnapshot;
  /** The source, which describes missing tables. */
  readonly source: Database | undefined;
  readonly rules: TransformConfig;
  /** For a target of another product. */
  readonly carried: Carried;
};

/** Settings and connections of a replication. */
export type ReplicationParts = ReplicationConfig & {
  readonly database: TargetDatabase;
  readonly events: ServiceEvents;
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Awaited at each step of each transaction, for benchmarks. */
  readonly atStep?: SinkParts<unknown>['atStep'];
};

/** Returns a pipeline from the topics of captured tables into their replica. */
export async function replicationPipeline(parts: ReplicationParts): Promise<Pipeline<KafkaSource>> {
  const { kafka, admin, topics, from, onLostPosition, groupId, events, database, pollTimeoutMs, fetchMinBytes } = parts;
  const logger = noticesTo(events);
  const { clusterId } = await describeCluster(admin);
  const writing = await replicaOf(database).writing(
    {
      pipeline: groupId,
      clusterId: clusterId || null,
      source: parts.source,
      afterResnapshot: parts.afterResnapshot,
      isWanted: (table) => isReplicatedAsIs(parts.rules, table),
      isFollowed: (topic) => topics.test(topic),
      carried: parts.carried,
      logger,
      ...(parts.atStep ? { parts: { atStep: parts.atStep } } : {}),
    },
    admin,
  );
  const { sink, claims, decoding } = writing;
  const progress = countCommitted(events);
  const source = new KafkaSource({
    kafka,
    topics: { kind: 'matching', pattern: topics },
    from,
    onLostPosition,
    groupId,
    logger,
    events,
    window: new Window(parts.windowBytes),
    claims,
    consumer: { minBytes: fetchMinBytes, maxWaitTimeInMs: Math.min(Math.ceil(pollTimeoutMs), maxFetchWaitMs) },
  });
  const graph = replicationGraph({
    source,
    sink,
    events,
    lanes: parts.lanes,
    breaker: parts.breakerShare,
    transactionRecords: parts.transactionRecords,
    decoding,
    transform: transformer(parts.rules),
    byOffset: true,
  });
  const present = async () => chosenFrom({ kind: 'matching', pattern: topics }, await topicNames(admin));
  const run = (stop: AbortSignal) => writing.during(present, () => runGraph({ graph, source, sink, stop, events }));
  return { source, progress, run };
}

/**
 * Default credit window. It is larger than for flat events, because most of a message is its schema, which is not kept.
 * Measured with messages of 5 KB: 17.5k events/s with 16 MiB, 19.4k with 48 MiB and 264 MiB resident.
 */
export const replicaWindowBytes = 48 * 2 ** 20;

/** Longest wait of a fetch. The takeover of a partition may wait as long (rule 13). */
const maxFetchWaitMs = 500;
