/** Gathers what is known of a pipeline, and judges it. What one server knows is answered also while the other is away. */
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { disconnectSoon, type KafkaCluster, kafkaClient, reachCluster } from '../../adapters/kafka/client/client.ts';
import { groupMembers } from '../../adapters/kafka/lag/lag.ts';
import { offsetsBehindTransactions } from '../../adapters/kafka/lag/open-transactions.ts';
import { type PartitionRange, partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import { type Checkpoint, readCheckpoints } from '../../engines/postgres/checkpoint/checkpoints.ts';
import { type HeldTable, readHeldTables } from '../../engines/postgres/checkpoint/held-tables.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import {
  type DeadLetterSummary,
  type ParkedShare,
  readDeadLetters,
  readParkedShares,
} from '../../engines/postgres/dead-letters/dead-letter-summary.ts';
import {
  countDisabledConstraints,
  type DisabledConstraints,
} from '../../engines/postgres/replica/constraints/disable.ts';
import { type DeferredRows, readDeferredRows } from '../../engines/postgres/replica/deferred-rows/deferred-rows.ts';
import { readUnreconciled, type Unreconciled } from '../../engines/postgres/replica/snapshots/snapshot-states.ts';
import { requireCurrentSchema } from '../../engines/postgres/schema/schema-state.ts';
import type { Logger } from '../../pipeline/ports.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { diagnose } from '../diagnose.ts';
import {
  type ConnectorReport,
  disconnection,
  incompleteness,
  type LookedAtConnector,
  lookAtConnector,
} from './feed.ts';
import { type Health, judge, type PartitionFacts } from './health.ts';
import { positionsIn, withAges } from './positions.ts';
import { lookAtSlot, type SlotConfig, type SlotReport } from './slot.ts';
import { choiceOf, isFile, topicsOf } from './topics.ts';

/** Whose status is asked for, and where it is looked for. */
export type StatusConfig = {
  readonly groupId: string;
  readonly database: Database;
  /** Whether the database is the target of a replication. */
  readonly isTarget: boolean;
  /** Called with a session before anything is read: whose status is meant, where the database has to say. */
  readonly settle: (client: pg.Client) => Promise<Pick<StatusConfig, 'groupId' | 'isTarget'>>;
  /** Called only where Kafka is needed: a pipeline of files needs none. Told whether the database is away. */
  readonly cluster: (isDatabaseAway: boolean) => KafkaCluster;
  /** The topics that were named; without any the pipeline's own. */
  readonly topics: Topics | undefined;
  /** The topic of a pipeline that has read none. */
  readonly usualTopic: string;
  /** Milliseconds that each server is waited for. */
  readonly limitMs: number;
  /** The source, and whether it is looked at although nothing is replicated. */
  readonly source: { readonly database: () => Database | undefined; readonly isAsked: boolean };
  readonly connectUrl: URL | undefined;
  readonly connector: LookedAtConnector['connector'] & { readonly isUrlAsked: boolean };
  readonly slot: SlotConfig['slot'];
  /** How a person finds out more about a connector, in brackets behind what is wrong with it. */
  readonly howToFix: (connector: ConnectorReport) => string;
};

/** Who is told that a server is waited for, and where adapters log. */
export type StatusPorts = { readonly say: Say; readonly logger: Logger };

/** What is no fault of the pipeline and yet worth a look, besides its partitions. */
export type Noted = {
  /** Topics that are no more. */
  readonly gone: readonly string[];
  readonly held: readonly DeferredRows[];
  readonly unsettled: readonly Unreconciled[];
  readonly waiting: readonly HeldTable[];
  readonly off: DisabledConstraints | null;
};

/** Everything about a pipeline whose servers answer. */
export type StatusReport = Health & {
  readonly pipeline: string;
  readonly topic: string;
  readonly topics: readonly string[];
  readonly partitions: readonly PartitionFacts[];
  readonly slot?: SlotReport | undefined;
  readonly connector?: ConnectorReport | undefined;
  /** Different parked records, how often each was parked, and why. */
  readonly deadLetters: DeadLetterSummary;
  /** Tables that wait until they are altered at the target. */
  readonly held?: readonly HeldTable[];
};

/** A report, or what is known while Kafka or the database is away, with the error of that server. */
export type StatusOutcome =
  | { readonly kind: 'report'; readonly report: StatusReport; readonly noted: Noted }
  | { readonly kind: 'no Kafka'; readonly checkpoints: readonly Checkpoint[]; readonly error: unknown }
  | {
      readonly kind: 'no database';
      readonly topic: string;
      /** What Kafka says; or why that does not answer either. */
      readonly found: TopicFacts | { readonly error: unknown };
      readonly error: unknown;
    };

/** A topic by Kafka alone; `ranges` is null where there is no such topic. */
export type TopicFacts = { readonly members: number; readonly ranges: readonly PartitionRange[] | null };

/** Milliseconds that one answer of PostgreSQL may take. */
const answerLimitMs = 15_000;

/** Asks all servers. Rejects with errors other than that a server is away. */
export async function readStatus(config: StatusConfig, ports: StatusPorts): Promise<StatusOutcome> {
  const { groupId, database, limitMs, usualTopic: topic } = config;
  const session = { ...database, timeouts: { ...database.timeouts, answer: answerLimitMs } };
  let client: pg.Client;
  try {
    client = await reachDatabase(session, `${groupId}/status`, ports.say, limitMs);
  } catch (error) {
    if (!isAway(error)) throw error;
    const found = await askTopic(config, ports).catch((also: unknown) => ({ error: also }));
    return { kind: 'no database', topic, found, error };
  }
  const settled = await config
    .settle(client)
    .then(async (whose) => ({ whose, stored: await readStored(client, whose.groupId) }))
    .finally(() => client.end());
  const { whose, stored } = settled;
  const { checkpoints } = stored;
  const choice = choiceOf(config.topics, topic, checkpoints);
  // A pipeline that has only ever read files needs no Kafka to be judged.
  if (checkpoints.some(isFile) && !checkpoints.some((one) => !isFile(one) && choice.takes(one.topic)))
    return reportFiles(whose.groupId, checkpoints.filter(isFile), stored);
  let cluster: KafkaCluster;
  try {
    cluster = config.cluster(false);
    await reachCluster(cluster, ports.logger, ports.say, limitMs);
  } catch (error) {
    if (!isAway(error) || checkpoints.length === 0) throw error;
    return { kind: 'no Kafka', checkpoints, error };
  }
  return await reportTopics(
    { ...config, ...whose },
    stored,
    choice,
    kafkaClient(cluster, 'sluice-status', ports.logger),
  );
}

/** True for a server that did not answer, or one that is known to be stopped. */
const isAway = (error: unknown): boolean => diagnose(error).kind === 'unreachable';

async function reportTopics(
  config: StatusConfig,
  { checkpoints, held, unsettled, waiting, off, deadLetters, shares }: Stored,
  choice: ReturnType<typeof choiceOf>,
  kafka: Kafka,
): Promise<StatusOutcome> {
  const { groupId, isTarget, source, connectUrl, connector: asked, slot: askedSlot, limitMs } = config;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics, gone } = topicsOf(choice, await admin.listTopics(), checkpoints);
    const positions = await positionsIn(admin, topics, checkpoints);
    const replicates =
      isTarget || choice.several || positions.some(({ sourceCommittedAt }) => sourceCommittedAt !== null);
    const read = { topics, takes: choice.takes };
    const slotSource = replicates || source.isAsked ? source.database() : undefined;
    const url = replicates || asked.isAsked || asked.isUrlAsked ? connectUrl : undefined;
    const connectorAsked = { name: asked.name, isAsked: asked.isAsked || asked.isUrlAsked };
    const [partitions, unreadable, members, slot, connector] = await Promise.all([
      withAges(kafka, positions),
      offsetsBehindTransactions(kafka, positions),
      groupMembers(admin, groupId),
      lookAtSlot({ source: slotSource, connectUrl, slot: askedSlot, limitMs }, read),
      lookAtConnector({ url, connector: connectorAsked, source: source.database }, read),
    ]);
    const waits = waiting.filter(({ topic }) => topics.includes(topic));
    const health = judge({
      pipeline: groupId,
      partitions,
      members,
      slot,
      disconnected: disconnection(connector, slot, config.howToFix),
      parked: shares.filter(({ topic }) => topics.includes(topic)),
      // A row of a replica is missing with each; enrichment parks what nobody can use, and most of it is judged.
      missing: isTarget || choice.several ? deadLetters.records : 0,
      incomplete: incompleteness(connector, held, unsettled),
      unreadable,
      held: [...new Set(waits.map(({ table }) => table))],
    });
    const report = {
      ...health,
      held: waits,
      deadLetters,
      connector,
      pipeline: groupId,
      partitions,
      ...named(topics),
      slot,
    };
    return { kind: 'report', report, noted: { gone, held, unsettled, waiting: waits, off } };
  } finally {
    await disconnectSoon(admin);
  }
}

/** What the database knows. */
type Stored = Omit<Noted, 'gone'> & {
  readonly checkpoints: readonly Checkpoint[];
  readonly deadLetters: DeadLetterSummary;
  readonly shares: readonly ParkedShare[];
};

/** Where nothing was read there may be no schema yet. */
async function readStored(client: pg.Client, groupId: string): Promise<Stored> {
  await requireCurrentSchema(client);
  const checkpoints = await readCheckpoints(client, groupId);
  if (checkpoints.length === 0) {
    const deadLetters = { records: 0, letters: 0, more: false, reasons: [] };
    const off = await countDisabledConstraints(client, groupId);
    return { checkpoints, held: [], unsettled: [], waiting: [], off, deadLetters, shares: [] };
  }
  const deadLetters = await readDeadLetters(client, groupId);
  const shares = await readParkedShares(client, groupId);
  const held = await readDeferredRows(client, groupId);
  const unsettled = await readUnreconciled(client, groupId);
  const waiting = await readHeldTables(client, groupId);
  return {
    checkpoints,
    held,
    unsettled,
    waiting,
    off: await countDisabledConstraints(client, groupId),
    deadLetters,
    shares,
  };
}

const named = (topics: readonly string[]) => ({ topic: topics.join(', '), topics });

/** What files and standard input gave: they have no end that could be ahead, so there is nothing to be behind of. */
function reportFiles(pipeline: string, files: readonly Checkpoint[], { deadLetters, shares }: Stored): StatusOutcome {
  const none = { lagSeconds: null, sourceLagSeconds: null };
  const partitions = files.map((file) => ({ ...file, ...none, logEnd: file.nextOffset }));
  const health = judge({ pipeline, partitions, members: 0, parked: shares });
  const what = files.length === 1 ? 'the file' : `the ${files.length} files`;
  const sound = { state: 'healthy', sentence: `healthy: everything read from ${what} is durable` } as const;
  // Nobody expects a process for ever behind a file, so none that runs is no news.
  const verdict = health.state === 'idle' ? sound : {};
  const topics = named(files.map(({ topic }) => topic));
  const report = { ...health, ...verdict, remark: null, deadLetters, pipeline, partitions, ...topics };
  return { kind: 'report', report, noted: { gone: [], held: [], unsettled: [], waiting: [], off: null } };
}

/** Where the topic ends, and how many processes read it. */
async function askTopic(config: StatusConfig, { say, logger }: StatusPorts): Promise<TopicFacts> {
  const { groupId, usualTopic: topic, limitMs } = config;
  const cluster = config.cluster(true);
  await reachCluster(cluster, logger, say, limitMs);
  const admin = kafkaClient(cluster, 'sluice-status', logger).admin();
  await admin.connect();
  try {
    const there = (await admin.listTopics()).includes(topic);
    const ranges = there ? await partitionRanges(admin, topic) : null;
    return { ranges, members: await groupMembers(admin, groupId) };
  } finally {
    await disconnectSoon(admin);
  }
}
