/** `sluice replicate`: the tables that Debezium captures, into another PostgreSQL, until it is stopped or has caught up. */
import { readFile } from 'node:fs/promises';
import { kafkaClient, reachCluster } from '../adapters/kafka/client/client.ts';
import { type TopicRange, topicRanges } from '../adapters/kafka/topics/topics.ts';
import type { HeldTable } from '../engines/postgres/checkpoint/held-tables.ts';
import { type Database, describeDatabase } from '../engines/postgres/connection/connection.ts';
import { isSameDatabase } from '../engines/postgres/connection/same-database.ts';
import type { AfterResnapshot } from '../engines/postgres/replica/snapshots/reconcile.ts';
import { type Verified, verifyReplica } from '../engines/postgres/replica/verify.ts';
import { PipelineError } from '../pipeline/errors.ts';
import { describeMisfit } from '../pipeline/misfit.ts';
import type { Logger } from '../pipeline/ports.ts';
import { isReplicatedAsIs, noRules, type TransformConfig } from '../pipeline/transform/config.ts';
import { parseTransformConfig } from '../pipeline/transform/parse-config.ts';
import type { SourceTable } from '../schemas/table-name.ts';
import { findSource, sourceDatabase } from './connector/servers.ts';
import { type DeadLetterQuery, deadLettersOf } from './dead-letter-query.ts';
import { exitCodes } from './exit-codes.ts';
import { warnOfIgnoredFrom } from './ignored-from.ts';
import { localServer } from './local-server.ts';
import { createLogger } from './logger.ts';
import { UsageError } from './option.ts';
import { replicationGroup, type Values } from './options.ts';
import { readTogether } from './read-together.ts';
import { checkRules, showRules } from './replicate/check-rules.ts';
import { conclude, lookAtFeeding } from './replicate/conclusion.ts';
import { FirstSnapshot } from './replicate/first-snapshot.ts';
import { noTopics } from './replicate/no-topics.ts';
import { settleAtEnd } from './replicate/settle-unseen.ts';
import { prepareReplica, replicationOptions, replicaWindow } from './replication.ts';
import { requireNoneParked } from './reporting.ts';
import { chooseKafka, kafkaOptions, sayDatabase, sayKafka } from './servers.ts';
import { settleSequences } from './settle-sequences.ts';
import { orStopped } from './stop-signal.ts';
import { chooseTarget, targetOptions } from './target-server.ts';
import { verb } from './verb.ts';

export const replicate = verb({
  name: 'replicate',
  summary: 'replicate the tables that Debezium captures into another PostgreSQL',
  options: [
    ...kafkaOptions,
    ...replicationOptions,
    ...targetOptions,
    'sourceUrl',
    'connectUrl',
    'rules',
    'check',
    'json',
    'parallelism',
    'failOnParked',
    'logLevel',
    'logFormat',
  ],
  onStop: 'serves',
  overrides: {
    groupId: { default: replicationGroup },
    windowBytes: { default: replicaWindow },
    untilCaughtUp: {
      description:
        'end when everything that was in the topics at the start, or at the end of a first snapshot that runs, is in the database; check its constraints, set its sequences',
    },
    connectUrl: {
      description:
        'Kafka Connect with the connectors that feed the topics, to ask at the end whether they capture every table; without it that of the local stack',
    },
    sourceUrl: {
      description:
        'PostgreSQL that missing tables are modelled on, and sequences set by, as one URL; without it that of the local stack',
    },
  },
  examples: [
    'npx sluice replicate \\',
    '  --target-db postgresql://migration:secret@new:5432/targetdb',
    "npx sluice replicate --topics '^cdc\\.(public|sales)\\..*' --until-caught-up",
    'npx sluice replicate --rules rules.json --check',
  ],
  async run(values, context) {
    if (values.json && !values.check) throw new UsageError('--json is for --check');
    const logger = createLogger(values);
    const rules = values.rules === undefined ? noRules : await readRules(values.rules);
    const target = chooseTarget(values, context);
    logger.info({ pipeline: values.groupId }, `target ${sayDatabase(target)}`);
    const kafka = chooseKafka(values, context);
    const named = findSource(values);
    if (named === undefined && kafka.provenance === 'local stack') localServer('source');
    const source = named && sourceDatabase(named, context);
    if (source) {
      logger.info({}, `missing tables are made like those of ${describeDatabase(source)}`);
      if (await orStopped(context.stop, isSameDatabase(source, target.database))) throw intoItself(source);
    }
    const { provenance: _, ...cluster } = kafka;
    logger.info({ topics: values.topics.source }, sayKafka(kafka));
    const say = (line: string) => logger.warn({}, line);
    await orStopped(context.stop, reachCluster(cluster, logger, say));
    const newest = () =>
      topicRanges(kafkaClient(cluster, 'sluice', logger), { kind: 'matching', pattern: values.topics });
    const { topics: pattern, connectUrl } = values;
    const isRead = (topic: string) => topic.search(pattern) >= 0;
    const snapshot = new FirstSnapshot({ newest, isRead, source, connectUrl, logger, stop: context.stop });
    let ends = await orStopped(context.stop, values.untilCaughtUp && !values.check ? snapshot.ends() : newest());
    const from = { topics: topicsOf(ends), pattern, source };
    if (values.check) {
      await showRules(rules, from, values.json, context, logger);
      return exitCodes.done;
    }
    if (ends.length === 0) {
      if (values.untilCaughtUp) throw await noTopics(from);
      logger.warn({ topics: values.topics.source }, 'no topic matches so far');
    }
    if (rules !== noRules) await checkRules(rules, from, logger);
    const applied = await orStopped(context.stop, prepareReplica(target.database, values.groupId, say));
    if (applied.length > 0) logger.info({ migrations: applied }, 'brought the schema up to date');
    await warnOfIgnoredFrom({ ...values, database: target.database, logger }, context);
    const read = Object.fromEntries(replicationOptions.map((name) => [name, values[name]])) as Values<
      (typeof replicationOptions)[number]
    >;
    const deadLetters = deadLettersOf(values.groupId, target, true);
    const readTo = (to: typeof ends) =>
      readTogether(
        { kind: 'replication', values: read, cluster, database: target.database, ends: to, source, rules, deadLetters },
        { count: values.parallelism, logger, stop: context.stop, log: values },
      );
    let parked = await readTo(ends);
    while (snapshot.runs && !context.stop.aborted) {
      ends = await snapshot.ends();
      parked += await readTo(ends);
    }
    if (values.untilCaughtUp && !context.stop.aborted) {
      const { groupId: pipeline, afterResnapshot } = values;
      const kafka = kafkaClient(cluster, 'sluice', logger);
      const topics = topicsOf(ends);
      await settleAtEnd({ kafka, database: target.database, pipeline, source, afterResnapshot, logger });
      const captured = await lookAtFeeding({ topics, isRead, rules, source, connectUrl, logger });
      const verified = await verify({ database: target.database, deadLetters, topics, afterResnapshot, logger });
      const isFollowed = (table: SourceTable, topic: string) =>
        values.topics.test(topic) && isReplicatedAsIs(rules, table);
      await settleSequences({ source, target: target.database, pipeline, isFollowed }, logger);
      conclude(verified, captured, { deadLetters, logger });
    }
    if (values.failOnParked) requireNoneParked(parked);
    return exitCodes.done;
  },
});

const topicsOf = (ends: readonly TopicRange[]): readonly string[] => [...new Set(ends.map(({ topic }) => topic))];

const intoItself = (database: Database): PipelineError =>
  new PipelineError('target_is_source', `the target is the source: ${describeDatabase(database)}`, {
    advice: 'Every row written would be captured and written again. Check --target-db and --source-db.',
  });

/** All others have caught up, and their rows are settled. */
function heldTables(held: readonly HeldTable[]): PipelineError {
  const named = new Map(held.map((one) => [one.table, one]));
  return new PipelineError('definition_differs', [...named.values()].map(describeMisfit).join('; '), {
    advice: `${[...named.values()].map(({ statements }) => statements).join('\n  ')}\n  All other tables have caught up with what is in their topics. Nothing of these was parked or lost: they go on from there.`,
  });
}

/** What a replica is looked at with, at its end. */
type Ending = {
  readonly database: Database;
  readonly deadLetters: DeadLetterQuery;
  /** The topics that were read. */
  readonly topics: readonly string[];
  readonly afterResnapshot: AfterResnapshot;
  readonly logger: Logger;
};

/** Nothing is replicated any more: what was left to the end is done, and whatever does not hold is told. */
async function verify({ database, deadLetters, topics, afterResnapshot, logger }: Ending): Promise<Verified> {
  const verified = await verifyReplica(database, deadLetters.pipeline);
  const { broken, deferred, waiting } = verified;
  const waits = waiting.filter(({ topic }) => topics.includes(topic));
  // Only one of them ends the command, and all are said.
  for (const { table, rows, since } of deferred) logger.error({ table, rows, since }, 'rows are still held back');
  for (const violation of broken) logger.error(violation, 'rows of the replica break a constraint');
  if (waits.length > 0) throw heldTables(waits);
  if (deferred.length > 0) {
    throw new PipelineError(
      'rows_held_back',
      `rows of ${deferred.length} tables collide with others, and are not written`,
      {
        advice: heldAdvice(afterResnapshot),
      },
    );
  }
  if (broken.length === 0) return verified;
  throw new PipelineError('constraints_broken', `${broken.length} constraints of the replica do not hold`, {
    advice:
      'Were records parked (npx sluice status), or is the source still ahead? Once they are applied, run it again.',
  });
}

const heldAdvice = (afterResnapshot: AfterResnapshot): string =>
  'Has the target a unique key that the source has not? Their values are in sluice.deferred_row; the next event of each row, such as an update of it at the source, frees it.' +
  (afterResnapshot === 'delete' ? '' : ' Rows that a second snapshot did not have go with --after-resnapshot delete.');

async function readRules(path: string): Promise<TransformConfig> {
  return parseTransformConfig(await readFile(path, 'utf8'));
}
