/** Gathers the facts about a pipeline and judges them. While one server is down, the status holds the facts of the others. */

import type { Kafka } from 'kafkajs';
import { disconnectSoon, type KafkaCluster, kafkaClient, reachCluster } from '../../adapters/kafka/client/client.ts';
import { groupMembers } from '../../adapters/kafka/lag/lag.ts';
import { offsetsBehindTransactions } from '../../adapters/kafka/lag/open-transactions.ts';
import { type PartitionRange, partitionRanges, topicNames } from '../../adapters/kafka/topics/topic.ts';
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import {
  type Bookkeeping,
  type Checkpoint,
  type DeadLetterSummary,
  type HeldTable,
  noDeadLetters,
  noGaps,
  type ParkedShare,
  type ReplicaGaps,
} from '../../engines/bookkeeping.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { Logger } from '../../pipeline/ports.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { diagnose } from '../diagnose.ts';
import { reachBookkeeping, type TargetDatabase } from '../target.ts';
import {
  type ConnectorReport,
  type ConnectorReportConfig,
  disconnection,
  incompleteness,
  readConnectorReport,
} from './feed.ts';
import { type Health, judge, type PartitionFacts } from './health.ts';
import { positionsIn, withAges } from './positions.ts';
import { readSlotReport, type SlotConfig, type SlotReport } from './slot.ts';
import { choiceOf, isFile, topicsOf } from './topics.ts';

/** The pipeline, and the servers that know its status. */
export type StatusConfig = {
  readonly groupId: string;
  readonly database: TargetDatabase;
  /** Whether the database is the target of a replication. */
  readonly isTarget: boolean;
  /** Called before anything else is read. Returns the pipeline, which may depend on the checkpoints. */
  readonly resolvePipeline: (stored: Bookkeeping) => Promise<Pick<StatusConfig, 'groupId' | 'isTarget'>>;
  /** Called only if Kafka is needed: a pipeline of files does not need it. Gets whether the database is down. */
  readonly cluster: (isDatabaseDown: boolean) => KafkaCluster;
  /** The topics that the user named; if undefined, those of the pipeline. */
  readonly topics: Topics | undefined;
  /** The topic of a pipeline that has not read one yet. */
  readonly usualTopic: string;
  /** Longest wait for each server. */
  readonly limitMs: number;
  /** The source, and whether the user named it. A named source is checked even if the pipeline is no replication. */
  readonly source: { readonly database: () => Database | undefined; readonly isExplicit: boolean };
  readonly connectUrl: URL | undefined;
  readonly connector: ConnectorReportConfig['connector'] & { readonly isUrlExplicit: boolean };
  readonly slot: SlotConfig['slot'];
  /** Returns the command that shows more about a connector. It follows the fault in parentheses. */
  readonly howToFix: (connector: ConnectorReport) => string;
};

/** Where waits for a server are reported, and the logger of the adapters. */
export type StatusPorts = { readonly say: Say; readonly logger: Logger };

/** Observations about a pipeline besides its partitions. */
export type Noted = ReplicaGaps & {
  /** Topics with a checkpoint that no longer exist. */
  readonly gone: readonly string[];
  readonly heldTables: readonly HeldTable[];
};

/** The full status of a pipeline, when all servers answer. */
export type StatusReport = Health & {
  readonly pipeline: string;
  readonly topic: string;
  readonly topics: readonly string[];
  readonly partitions: readonly PartitionFacts[];
  readonly slot?: SlotReport | undefined;
  readonly connector?: ConnectorReport | undefined;
  /** Distinct parked records, how often they were parked, and why. */
  readonly deadLetters: DeadLetterSummary;
  /** Tables whose changes wait until the table is altered at the target. */
  readonly held?: readonly HeldTable[];
};

/** A report; or the known facts while Kafka or the database is down, with the error of that server. */
export type StatusOutcome =
  | { readonly kind: 'report'; readonly report: StatusReport; readonly noted: Noted }
  | { readonly kind: 'no Kafka'; readonly checkpoints: readonly Checkpoint[]; readonly error: unknown }
  | {
      readonly kind: 'no database';
      readonly topic: string;
      /** The facts of Kafka, or its error if it is down too. */
      readonly found: TopicFacts | { readonly error: unknown };
      readonly error: unknown;
    };

/** Facts about a topic from Kafka alone; `ranges` is null if the topic does not exist. */
export type TopicFacts = { readonly members: number; readonly ranges: readonly PartitionRange[] | null };

/** Longest wait for one answer of the database. */
const answerLimitMs = 15_000;

/** Asks all servers. A server that is down is part of the outcome; other errors reject. */
export async function readStatus(config: StatusConfig, ports: StatusPorts): Promise<StatusOutcome> {
  const { groupId, database, limitMs, usualTopic: topic } = config;
  let bookkeeping: Bookkeeping;
  try {
    const options = { name: `${groupId}/status`, say: ports.say, limitMs, answerMs: answerLimitMs };
    bookkeeping = await reachBookkeeping(database, options);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const found = await askTopic(config, ports).catch((kafkaError: unknown) => ({ error: kafkaError }));
    return { kind: 'no database', topic, found, error };
  }
  const { resolved, stored } = await config
    .resolvePipeline(bookkeeping)
    .then(async (resolved) => ({ resolved, stored: await readStored(bookkeeping, resolved.groupId) }))
    .finally(() => bookkeeping.close());
  const { checkpoints } = stored;
  const choice = choiceOf(config.topics, topic, checkpoints);
  // A pipeline that has read only files can be judged without Kafka.
  if (checkpoints.some(isFile) && !checkpoints.some((one) => !isFile(one) && choice.takes(one.topic)))
    return reportFiles(resolved.groupId, checkpoints.filter(isFile), stored);
  let cluster: KafkaCluster;
  try {
    cluster = config.cluster(false);
    await reachCluster(cluster, ports.logger, ports.say, limitMs);
  } catch (error) {
    if (!isUnreachable(error) || checkpoints.length === 0) throw error;
    return { kind: 'no Kafka', checkpoints, error };
  }
  return await reportTopics(
    { ...config, ...resolved },
    stored,
    choice,
    kafkaClient(cluster, 'sluice-status', ports.logger),
  );
}

/** True if a server did not answer, or is known to be stopped. */
const isUnreachable = (error: unknown): boolean => diagnose(error).kind === 'unreachable';

async function reportTopics(
  config: StatusConfig,
  { checkpoints, deferred, unreconciled, heldTables: allHeld, disabled, deadLetters, shares }: Stored,
  choice: ReturnType<typeof choiceOf>,
  kafka: Kafka,
): Promise<StatusOutcome> {
  const { groupId, isTarget, source, connectUrl, connector: asked, slot: askedSlot, limitMs } = config;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics, gone } = topicsOf(choice, await topicNames(admin), checkpoints);
    const positions = await positionsIn(admin, topics, checkpoints);
    const replicates =
      isTarget || choice.several || positions.some(({ sourceCommittedAt }) => sourceCommittedAt !== null);
    const read = { topics, takes: choice.takes };
    const slotSource = replicates || source.isExplicit ? source.database() : undefined;
    const url = replicates || asked.isExplicit || asked.isUrlExplicit ? connectUrl : undefined;
    const connectorAsked = { name: asked.name, isExplicit: asked.isExplicit || asked.isUrlExplicit };
    const [partitions, unreadable, members, slot, connector] = await Promise.all([
      withAges(kafka, positions),
      offsetsBehindTransactions(kafka, positions),
      groupMembers(admin, groupId),
      readSlotReport({ source: slotSource, connectUrl, slot: askedSlot, limitMs }, read),
      readConnectorReport({ url, connector: connectorAsked, source: source.database }, read),
    ]);
    const heldTables = allHeld.filter(({ topic }) => topics.includes(topic));
    const health = judge({
      pipeline: groupId,
      partitions,
      members,
      slot,
      disconnected: disconnection(connector, slot, config.howToFix),
      parked: shares.filter(({ topic }) => topics.includes(topic)),
      // In a replica every dead letter is a missing row. Enrichment is judged by the share of its dead letters instead.
      missing: isTarget || choice.several ? deadLetters.records : 0,
      incomplete: incompleteness(connector, deferred, unreconciled),
      unreadable,
      held: [...new Set(heldTables.map(({ table }) => table))],
    });
    const report = {
      ...health,
      held: heldTables,
      deadLetters,
      connector,
      pipeline: groupId,
      partitions,
      ...named(topics),
      slot,
    };
    return { kind: 'report', report, noted: { gone, deferred, unreconciled, heldTables, disabled } };
  } finally {
    await disconnectSoon(admin);
  }
}

/** The facts in the database. */
type Stored = Omit<Noted, 'gone'> & {
  readonly checkpoints: readonly Checkpoint[];
  readonly deadLetters: DeadLetterSummary;
  readonly shares: readonly ParkedShare[];
};

/** Reads the facts in the database. Without checkpoints there is nothing to read but disabled constraints. */
async function readStored(bookkeeping: Bookkeeping, groupId: string): Promise<Stored> {
  await bookkeeping.requireCurrentSchema();
  const checkpoints = await bookkeeping.checkpoints(groupId);
  const gaps = await bookkeeping.gaps(groupId);
  if (checkpoints.length === 0) return { ...gaps, checkpoints, heldTables: [], deadLetters: noDeadLetters, shares: [] };
  return {
    ...gaps,
    checkpoints,
    deadLetters: await bookkeeping.deadLetters(groupId),
    shares: await bookkeeping.parkedShares(groupId),
    heldTables: await bookkeeping.heldTables(groupId),
  };
}

const named = (topics: readonly string[]) => ({ topic: topics.join(', '), topics });

/** Reports on files and standard input. They have no known end, so they have no lag. */
function reportFiles(pipeline: string, files: readonly Checkpoint[], { deadLetters, shares }: Stored): StatusOutcome {
  const none = { lagSeconds: null, sourceLagSeconds: null };
  const partitions = files.map((file) => ({ ...file, ...none, logEnd: file.nextOffset }));
  const health = judge({ pipeline, partitions, members: 0, parked: shares });
  const what = files.length === 1 ? 'the file' : `the ${files.length} files`;
  const healthy = { state: 'healthy', sentence: `healthy: everything read from ${what} is durable` } as const;
  // A file needs no running process after it has been read, so `idle` is reported as healthy.
  const verdict = health.state === 'idle' ? healthy : {};
  const topics = named(files.map(({ topic }) => topic));
  const report = { ...health, ...verdict, remark: null, deadLetters, pipeline, partitions, ...topics };
  return {
    kind: 'report',
    report,
    noted: { ...noGaps, gone: [], heldTables: [] },
  };
}

/** Returns the offsets of the topic, and the number of processes that read it. */
async function askTopic(config: StatusConfig, { say, logger }: StatusPorts): Promise<TopicFacts> {
  const { groupId, usualTopic: topic, limitMs } = config;
  const cluster = config.cluster(true);
  await reachCluster(cluster, logger, say, limitMs);
  const admin = kafkaClient(cluster, 'sluice-status', logger).admin();
  await admin.connect();
  try {
    const exists = (await topicNames(admin)).includes(topic);
    const ranges = exists ? await partitionRanges(admin, topic) : null;
    return { ranges, members: await groupMembers(admin, groupId) };
  } finally {
    await disconnectSoon(admin);
  }
}
