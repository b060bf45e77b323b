/** `sluice replicate`: the tables that Debezium captures, into another PostgreSQL, until it is stopped or has caught up. */
import { readFile } from 'node:fs/promises';
import { kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
import { topicRanges } from '../adapters/kafka/topics.ts';
import { topicOf } from '../adapters/kafka-connect/connector-config.ts';
import { type Database, describeDatabase } from '../adapters/postgres/connection.ts';
import { type Verified, verifyReplica } from '../adapters/postgres/replica/verify.ts';
import { isSameDatabase } from '../adapters/postgres/same-database.ts';
import { exitCodes, PipelineError } from '../pipeline/errors.ts';
import type { Logger } from '../pipeline/ports.ts';
import { noRules, type TransformConfig } from '../pipeline/transform/config.ts';
import { parseTransformConfig } from '../pipeline/transform/parse-config.ts';
import { tableName } from '../schemas/table-name.ts';
import { findSource, sourceDatabase } from './connector/servers.ts';
import { type DeadLetterQuery, deadLettersOf } from './dead-letter-query.ts';
import { warnOfIgnoredFrom } from './ignored-from.ts';
import { localServer } from './local-server.ts';
import { createLogger } from './logger.ts';
import { replicationGroup, type Values } from './options.ts';
import { readTogether } from './read-together.ts';
import { conclude } from './replicate/conclusion.ts';
import { prepareReplica, replicationOptions, replicaWindow } from './replication.ts';
import { requireNoneParked } from './reporting.ts';
import { chooseKafka, kafkaOptions, sayDatabase, sayKafka } from './servers.ts';
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
    'parallelism',
    'failOnParked',
    'logLevel',
    'logFormat',
  ],
  onStop: 'serves',
  overrides: {
    groupId: { default: replicationGroup },
    windowBytes: { default: replicaWindow },
    connectUrl: {
      description:
        'Kafka Connect with the connectors that feed the topics, to ask at the end whether they capture every table; without it that of the local stack',
    },
    sourceUrl: {
      description: 'PostgreSQL that missing tables are modelled on, as one URL; without it that of the local stack',
    },
  },
  examples: [
    'npx sluice replicate \\',
    '  --target-url postgresql://migration:secret@new:5432/targetdb',
    "npx sluice replicate --topics '^cdc\\.(public|sales)\\..*' --until-caught-up",
  ],
  async run(values, context) {
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
    const applied = await orStopped(context.stop, prepareReplica(target.database, values.groupId, say));
    if (applied.length > 0) logger.info({ migrations: applied }, 'brought the schema up to date');
    await warnOfIgnoredFrom({ ...values, database: target.database, logger }, context);
    const ends = await topicRanges(kafkaClient(cluster, 'sluice', logger), {
      kind: 'matching',
      pattern: values.topics,
    });
    if (ends.length === 0) {
      if (values.untilCaughtUp) throw noTopics(values.topics);
      logger.warn({ topics: values.topics.source }, 'no topic matches so far');
    }
    // Tables that come later may be meant; a rule that is misspelt would let a secret through.
    for (const { table } of rules.tables) {
      const ending = topicOf('', { schema: table.schema, table: table.name });
      if (!ends.some(({ topic }) => topic.endsWith(ending)))
        logger.warn({ table: tableName(table) }, 'no topic is of this table, which has a rule');
    }
    const read = Object.fromEntries(replicationOptions.map((name) => [name, values[name]])) as Values<
      (typeof replicationOptions)[number]
    >;
    const deadLetters = deadLettersOf(values.groupId, target, true);
    const parked = await readTogether(
      { kind: 'replication', values: read, cluster, database: target.database, ends, source, rules, deadLetters },
      { count: values.parallelism, logger, stop: context.stop, log: values },
    );
    if (values.untilCaughtUp && !context.stop.aborted) {
      const verified = await verify(target.database, deadLetters, logger);
      const topics = [...new Set(ends.map(({ topic }) => topic))];
      await conclude(verified, { topics, source, connectUrl: values.connectUrl, deadLetters, logger });
    }
    if (values.failOnParked) requireNoneParked(parked);
    return exitCodes.done;
  },
});

const intoItself = (database: Database): PipelineError =>
  new PipelineError('target_is_source', `the target is the source: ${describeDatabase(database)}`, {
    advice: 'Every row written would be captured and written again. Check --target-url and --source-url.',
  });

const noTopics = (pattern: RegExp): PipelineError =>
  new PipelineError('missing_topic', `no topic matches ${pattern.source}`, {
    advice:
      'Is --topics right, and does the connector work (npx sluice connector status)? Without --until-caught-up it is waited for.',
  });

/** Nothing is replicated any more: what was left to the end is done, and whatever does not hold is told. */
async function verify(database: Database, deadLetters: DeadLetterQuery, logger: Logger): Promise<Verified> {
  const verified = await verifyReplica(database, deadLetters.pipeline);
  const { broken, held } = verified;
  for (const { table, rows, since } of held) logger.error({ table, rows, since }, 'rows are still held back');
  if (held.length > 0) {
    throw new PipelineError(
      'rows_held_back',
      `rows of ${held.length} tables collide with others, and are not written`,
      {
        advice:
          'Has the target a unique key that the source has not? Their values are in sluice.held_row; the next event of each row, such as an update of it at the source, frees it. Rows that a second snapshot did not have go with --after-resnapshot delete.',
      },
    );
  }
  if (broken.length === 0) return verified;
  for (const violation of broken) logger.error(violation, 'rows of the replica break a constraint');
  throw new PipelineError('constraints_broken', `${broken.length} constraints of the replica do not hold`, {
    advice:
      'Were records parked (npx sluice status), or is the source still ahead? Once they are applied, run it again.',
  });
}

async function readRules(path: string): Promise<TransformConfig> {
  return parseTransformConfig(await readFile(path, 'utf8'));
}
