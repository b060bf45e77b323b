/** `sluice status`: one sentence first, then the partitions. The exit code carries the verdict. */
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { disconnectSoon, kafkaClient } from '../adapters/kafka/client.ts';
import { firstTimestamps, groupMembers } from '../adapters/kafka/lag.ts';
import { offsetsBehindTransactions } from '../adapters/kafka/open-transactions.ts';
import { type Checkpoint, readCheckpoints } from '../engines/postgres/checkpoint/checkpoints.ts';
import { type HeldTable, readHeldTables } from '../engines/postgres/checkpoint/held-tables.ts';
import { readDeadLetters, readParkedShares } from '../engines/postgres/dead-letters/dead-letter-summary.ts';
import { type ConstraintsOff, countConstraintsOff } from '../engines/postgres/replica/constraints-count.ts';
import { type Held, readHeld } from '../engines/postgres/replica/held-rows.ts';
import { readUnsettled, type Unsettled } from '../engines/postgres/replica/resnapshots.ts';
import { requireCurrentSchema } from '../engines/postgres/schema/schema-state.ts';
import { describeMisfit } from '../pipeline/misfit.ts';
import { type Health, judge, lagOf, type PartitionFacts } from '../services/status/health.ts';
import { deadLettersOf } from './dead-letter-query.ts';
import { createLogger } from './logger.ts';
import { replicationGroup, type Values } from './options.ts';

import { kafkaOptions, sayDatabase } from './servers.ts';
import {
  type ConnectorReport,
  connectorOptions,
  disconnection,
  incompleteness,
  lookAtConnector,
  saysUnsettled,
} from './status/feed.ts';
import { choosePipeline, whoseOptions } from './status/pipeline.ts';
import { type Position, positionsIn } from './status/positions.ts';
import { reachKafka, reachPipeline } from './status/reach.ts';
import { type Report, show } from './status/show.ts';
import { lookAtSlot } from './status/slot.ts';
import { choiceOf, topicsOf } from './status/topics.ts';
import { exitOf, nothingParked, type Parked, parkedRemark } from './status/verdict.ts';
import { type Context, verb } from './verb.ts';

const names = [
  ...kafkaOptions,
  'topic',
  ...whoseOptions,
  'sourceUrl',
  'slot',
  ...connectorOptions,
  'wait',
  'json',
] as const;

type StatusValues = Values<(typeof names)[number]>;

export const status = verb({
  name: 'status',
  summary:
    'show health, lag and record counts per topic, and the replication slot if a source is set; the exit code carries ' +
    'the verdict',
  options: names,
  overrides: {
    topic: { description: 'topic to report on; without it all that the pipeline has read', hidesDefault: true },
    topics: { description: 'report on the topics that match, such as those of a replication', hidesDefault: true },
    groupId: { description: `name of the pipeline; ${replicationGroup} when --topics or a target is named` },
    slot: { description: 'replication slot to look at; without it that of the connector that feeds the topics' },
    connectUrl: { description: 'Kafka Connect with the connector to look at; without it that of the local stack' },
    connectorName: { description: 'connector to look at' },
    sourceUrl: { description: 'PostgreSQL with the replication slot, as one URL; without it that of the local stack' },
    targetUrl: { description: 'PostgreSQL with the replica, as one URL; overrides TARGET_DB_*' },
  },
  examples: [
    'npx sluice status --group-id sluice-users',
    "npx sluice status --topics '^cdc\\.public\\..*' \\",
    '  --source-url postgresql://migration:secret@old:5432/sourcedb',
  ],
  async run(values, context) {
    const report = await gather(values, context);
    if (values.json)
      context.print(JSON.stringify(report, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
    else show(report, context.print);
    return exitOf(report.state);
  },
});

async function gather(values: StatusValues, context: Context): Promise<Report> {
  const whose = choosePipeline(values, context);
  const { groupId, chosen, isTarget } = whose;
  const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
  const client = await reachPipeline(whose, values, context, logger);
  const { checkpoints, held, unsettled, waiting, off, parked } = await progress(client, groupId).finally(() =>
    client.end(),
  );
  const query = deadLettersOf(groupId, chosen, isTarget);
  const parkedLine = parkedRemark(parked, query);
  const files = checkpoints.filter(isFile);
  const choice = choiceOf(values, context.origins, checkpoints);
  // A pipeline that has only ever read files needs no Kafka to be judged.
  if (files.length > 0 && !checkpoints.some((one) => !isFile(one) && choice.takes(one.topic))) {
    if (!values.json) context.tell(sayDatabase(chosen));
    return reportFiles(groupId, files, parked, parkedLine);
  }
  const cluster = await reachKafka(whose, values, context, logger, checkpoints);
  const kafka = kafkaClient(cluster, 'sluice-status', logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics, gone } = topicsOf(choice, await admin.listTopics(), checkpoints);
    const positions = await positionsIn(admin, topics, checkpoints);
    const replicates =
      isTarget || choice.several || positions.some(({ sourceCommittedAt }) => sourceCommittedAt !== null);
    const read = { topics, takes: choice.takes };
    const [partitions, unreadable, members, slot, connector] = await Promise.all([
      withAges(kafka, positions),
      offsetsBehindTransactions(kafka, positions),
      groupMembers(admin, groupId),
      lookAtSlot(values, context, replicates, read),
      lookAtConnector(values, context, replicates, read),
    ]);
    const shares = parked.shares.filter(({ topic }) => topics.includes(topic));
    const disconnected = disconnection(connector, slot);
    const waits = waiting.filter(({ topic }) => topics.includes(topic));
    const heldTables = [...new Set(waits.map(({ table }) => table))];
    const health = judge({
      pipeline: groupId,
      partitions,
      members,
      slot,
      disconnected,
      parked: shares,
      // A row of a replica is missing with each; enrichment parks what nobody can use, and most of it is judged.
      missing: isTarget || choice.several ? parked.summary.records : 0,
      incomplete: incompleteness(connector, held, unsettled),
      unreadable,
      held: heldTables,
    });
    return {
      ...health,
      held: waits,
      remark: remarks(health, {
        slot: slot?.remark,
        connector,
        gone,
        held,
        unsettled,
        waiting: waits,
        off,
        parked: parkedLine,
      }),
      deadLetters: parked.summary,
      connector,
      pipeline: groupId,
      partitions,
      ...named(topics),
      slot,
    };
  } finally {
    await disconnectSoon(admin);
  }
}

/** Where nothing was read there may be no schema yet. */
async function progress(client: pg.Client, groupId: string) {
  await requireCurrentSchema(client);
  const checkpoints = await readCheckpoints(client, groupId);
  if (checkpoints.length === 0)
    return {
      checkpoints,
      held: [],
      unsettled: [],
      waiting: [],
      off: await countConstraintsOff(client, groupId),
      parked: nothingParked,
    };
  const parked: Parked = {
    summary: await readDeadLetters(client, groupId),
    shares: await readParkedShares(client, groupId),
  };
  const held = await readHeld(client, groupId);
  const unsettled = await readUnsettled(client, groupId);
  const waiting = await readHeldTables(client, groupId);
  return { checkpoints, held, unsettled, waiting, off: await countConstraintsOff(client, groupId), parked };
}

const isFile = ({ topic }: Checkpoint): boolean => /^(file|stdin):/.test(topic);

const named = (topics: readonly string[]) => ({ topic: topics.join(', '), topics });

/** What files and standard input gave: they have no end that could be ahead, so there is nothing to be behind of. */
function reportFiles(pipeline: string, files: readonly Checkpoint[], parked: Parked, remark: string | null): Report {
  const none = { lagSeconds: null, sourceLagSeconds: null };
  const partitions = files.map((file) => ({ ...file, ...none, logEnd: file.nextOffset }));
  const health = judge({ pipeline, partitions, members: 0, parked: parked.shares });
  const what = files.length === 1 ? 'the file' : `the ${files.length} files`;
  const sound = { state: 'healthy', sentence: `healthy: everything read from ${what} is durable` } as const;
  // Nobody expects a process for ever behind a file, so none that runs is no news.
  const verdict = health.state === 'idle' ? sound : {};
  const topics = named(files.map(({ topic }) => topic));
  return { ...health, ...verdict, remark, deadLetters: parked.summary, pipeline, partitions, ...topics };
}

/** How old what waits is, by Kafka's time and by the source's, both by the clock of this machine (rule 28). */
async function withAges(kafka: Kafka, positions: readonly Position[]): Promise<PartitionFacts[]> {
  // Where the log no longer has the position there is no record whose age could be asked.
  const there = positions.filter(({ logStart, nextOffset }) => nextOffset >= logStart);
  const times = await firstTimestamps(kafka, there);
  const now = Date.now();
  const since = (time: number): number => Math.max(0, (now - time) / 1000);
  const ages = new Map(there.map((one, index) => [one, times[index] ?? null]));
  return positions.map((position) => {
    const { sourceCommittedAt, ...facts } = position;
    const first = ages.get(position) ?? null;
    const source = sourceCommittedAt === null ? null : lagOf(facts) === 0n ? 0 : since(sourceCommittedAt.getTime());
    return { ...facts, lagSeconds: first === null ? null : since(first), sourceLagSeconds: source };
  });
}

/** What was looked at besides the partitions. */
type Seen = {
  readonly slot: string | null | undefined;
  readonly connector: ConnectorReport | undefined;
  /** Topics that are no more. */
  readonly gone: readonly string[];
  readonly held: readonly Held[];
  readonly unsettled: readonly Unsettled[];
  readonly waiting: readonly HeldTable[];
  readonly off: ConstraintsOff;
  /** What is parked, and how to see it. */
  readonly parked: string | null;
};

/** What is no fault of the pipeline and yet worth a look, line by line. */
function remarks(
  { remark }: Health,
  { slot, connector, gone, held, unsettled, waiting, off, parked }: Seen,
): string | null {
  const lines = [
    ...waiting.map(
      (one) =>
        `${describeMisfit(one)}, since ${one.since.toISOString()} (${one.topic}/${one.partition})\n  ${one.statements}`,
    ),
    remark,
    parked,
    slot,
    connector?.snapshot,
    connector?.remark,
    ...(connector?.faults ?? []),
    whatIsOff(off),
    ...gone.map((topic) => `topic ${topic} is gone from Kafka; its checkpoint is still there`),
    ...held.map(
      ({ table, rows, since }) =>
        `${rows} rows of ${table} are held back since ${since.toISOString()}, until an event of theirs frees a value of a unique key that another row has`,
    ),
    ...saysUnsettled(unsettled),
    unsettled.length === 0
      ? null
      : '  `npx sluice replicate --until-caught-up --after-resnapshot delete --breaker off` removes rows that the source has not',
  ];
  const said = lines.filter((line) => line !== null && line !== undefined);
  return said.length === 0 ? null : said.join('\n');
}

function whatIsOff({ foreignKeys, triggers }: ConstraintsOff): string | null {
  const several = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]);
  const off = [...several(foreignKeys, 'foreign key'), ...several(triggers, 'trigger')].join(' and ');
  if (off === '') return null;
  const verb = foreignKeys + triggers === 1 ? 'is' : 'are';
  return `${off} of the replica ${verb} off (sluice.constraint); npx sluice replicate --until-caught-up puts back what holds`;
}
