/** Replicates tables that Debezium captures into another database, until it is stopped or has caught up. */
import { type KafkaCluster, kafkaClient, reachCluster } from '../../adapters/kafka/client/client.ts';
import { type TopicRange, topicRanges } from '../../adapters/kafka/topics/topics.ts';
import { type Database, describeDatabase } from '../../engines/postgres/connection/connection.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { isReplicatedAsIs, noRules } from '../../pipeline/transform/config.ts';
import { serverFaultsOf, warnOfCapture } from '../connectors/precheck.ts';
import { reportIgnoredStart } from '../reading/ignored-start.ts';
import { type Running, start, unlessStopped, type Work } from '../running.ts';
import { readTogether } from '../supervise/read-together.ts';
import type { WorkerLaunch } from '../supervise/worker-process.ts';
import type { TargetDatabase } from '../target.ts';
import { checkRules, planRules, type RulesCheck } from './check-rules.ts';
import { checkFeeding, conclude } from './conclusion.ts';
import { FirstSnapshot } from './first-snapshot.ts';
import { noTopics } from './no-topics.ts';
import type { ReplicationConfig } from './pipeline.ts';
import { replicaOf } from './replica.ts';
import { snapshotGroups } from './shared-snapshots.ts';

/** Source, target and settings of a replication. */
export type ReplicateConfig = ReplicationConfig & {
  readonly cluster: KafkaCluster;
  /** The target. */
  readonly database: TargetDatabase;
  /** Kafka Connect with the connectors that feed the topics; undefined if it is not to be asked. */
  readonly connectUrl: URL | undefined;
  /** Whether to end once all records are durable that were in the topics at the start, or at the end of the first snapshot. */
  readonly untilCaughtUp: boolean;
  /** Whether the user set `from`: then a start without effect is reported. */
  readonly isFromExplicit: boolean;
  readonly workers: WorkerLaunch;
};

/** Starts the replication. `done` resolves with the number of parked records. */
export const startReplication = (config: ReplicateConfig): Running<{ readonly parked: number }> =>
  start(async (work) => ({ parked: await replicate(config, work) }));

/** Settings of a check of the rules. */
export type RulesCheckConfig = Pick<ReplicateConfig, 'cluster' | 'topics' | 'source' | 'database' | 'rules'>;

/** Starts a check of the rules against the tables. `done` resolves with the plan of each table. Writes nothing. */
export const startRulesCheck = (config: RulesCheckConfig): Running<RulesCheck> =>
  start(async (work) => {
    const newest = await reachTopics(config, work);
    const { topics: pattern, source, rules } = config;
    const topics = topicsOf(await unlessStopped(work.stop, newest()));
    return await planRules(rules, { topics, pattern, source }, work.logger);
  });

async function replicate(config: ReplicateConfig, work: Work): Promise<number> {
  const { cluster, topics: pattern, source, rules, database, groupId, from, untilCaughtUp, connectUrl } = config;
  const { events, logger, stop } = work;
  const newest = await reachTopics(config, work);
  if (source) await warnOfSource(source, work);
  const isRead = (topic: string) => topic.search(pattern) >= 0;
  const snapshot = new FirstSnapshot({ newest, isRead, source, connectUrl, logger, stop });
  let ends = await unlessStopped(stop, untilCaughtUp ? snapshot.ends() : newest());
  const known = { topics: topicsOf(ends), pattern, source };
  if (ends.length === 0) {
    if (untilCaughtUp) throw await noTopics(known);
    logger.warn({ topics: pattern.source }, 'no topic matches so far');
  }
  if (rules !== noRules) await checkRules(rules, known, logger);
  const versions = await unlessStopped(
    stop,
    replicaOf(database).prepare(groupId, (line) => logger.warn({}, line)),
  );
  if (versions.length > 0) events.emit({ type: 'schemaMigrated', versions });
  if (config.isFromExplicit) await reportIgnoredStart({ database, groupId, from, events });
  const common = { kind: 'replication', config: readingConfig(config), cluster, database, untilCaughtUp } as const;
  const readTo = (to: readonly TopicRange[]) => readTogether({ ...common, ends: to }, config.workers, work);
  let parked = await readTo(ends);
  while (snapshot.runs && !stop.aborted) {
    ends = await snapshot.ends();
    parked += await readTo(ends);
  }
  if (untilCaughtUp && !stop.aborted) await settle(config, topicsOf(ends), work);
  return parked;
}

/** Warns if no connector can capture the source. The user of its connector, who needs the right to replicate, may be another. */
async function warnOfSource(source: Database, { stop, logger }: Work): Promise<void> {
  const asked = serverFaultsOf(source).catch((error: unknown) => {
    // The topics can be read without the source.
    logger.warn({ error: messageOf(error) }, 'whether the source can be captured is unknown');
    return [];
  });
  const faults = (await unlessStopped(stop, asked)).filter(({ code }) => code !== 'replication_role');
  warnOfCapture(faults, logger);
}

/** Checks that Kafka answers and that the target is not the source. Returns a function that reads the topics' end offsets. */
async function reachTopics({ cluster, topics: pattern, source, database }: RulesCheckConfig, { logger, stop }: Work) {
  if (source && (await unlessStopped(stop, replicaOf(database).isSource(source)))) throw targetIsSource(source);
  await unlessStopped(
    stop,
    reachCluster(cluster, logger, (line) => logger.warn({}, line)),
  );
  return () => topicRanges(kafkaClient(cluster, 'sluice', logger), { kind: 'matching', pattern });
}

/** Returns the part of the configuration that a worker needs, as plain data. */
function readingConfig(config: ReplicateConfig): ReplicationConfig {
  const {
    cluster: _c,
    database: _d,
    connectUrl: _u,
    untilCaughtUp: _t,
    isFromExplicit: _f,
    workers: _w,
    ...read
  } = config;
  return read;
}

/** Runs the last steps of a replication that has caught up, and checks the replica. */
async function settle(config: ReplicateConfig, topics: readonly string[], { events, logger }: Work): Promise<void> {
  const { cluster, database, groupId: pipeline, source, afterResnapshot, carried, rules, connectUrl } = config;
  const { topics: pattern } = config;
  const kafka = kafkaClient(cluster, 'sluice', logger);
  const isRead = (topic: string) => topic.search(pattern) >= 0;
  const groups = await snapshotGroups(topics, isRead, connectUrl, logger);
  const replica = replicaOf(database);
  const ending = { kafka, pipeline, source, topics, snapshotGroups: groups, afterResnapshot, carried, events };
  await replica.settle(ending);
  const captured = await checkFeeding({ topics, isRead, rules, source, connectUrl, logger });
  const verified = await replica.verify(ending);
  await replica.settleSequences(ending, (table, topic) => pattern.test(topic) && isReplicatedAsIs(rules, table));
  conclude(verified, captured, events);
}

const topicsOf = (ends: readonly TopicRange[]): readonly string[] => [...new Set(ends.map(({ topic }) => topic))];

const targetIsSource = (database: Database): PipelineError =>
  new PipelineError('target_is_source', `the target is the source: ${describeDatabase(database)}`, {
    advice: 'Every row written would be captured and written again.',
  });
