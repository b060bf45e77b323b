/**
 * `sluice run`: the pipeline, until it is stopped, until it has caught up, or until its file ends. With
 * `--parallelism` this process does once what must be done once, and then keeps workers that read.
 */
import { findFile } from '../adapters/file/find-file.ts';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client/client.ts';
import { requireTopic } from '../adapters/kafka/topics/topic.ts';
import { topicRanges } from '../adapters/kafka/topics/topics.ts';
import type { UserMap } from '../formats/flat/mapped/user-map.ts';
import type { Logger } from '../pipeline/ports.ts';
import { type DeadLetterQuery, deadLettersOf } from './dead-letter-query.ts';
import { diagnose } from './diagnose.ts';
import { exitCodes } from './exit-codes.ts';
import { warnOfIgnoredFrom } from './ignored-from.ts';
import { createLogger } from './logger.ts';
import { checkColumns } from './map-columns.ts';
import { readMap } from './map-file.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import { orderOf } from './order.ts';
import { loadOwnFunctions } from './own-functions.ts';
import { checkFeed, filePipeline, type PipelineParts, prepareDatabase, prepareTopic } from './pipeline.ts';
import { readTogether } from './read-together.ts';
import { readingOptions } from './read-topic.ts';
import { reporting, requireNoneParked } from './reporting.ts';
import {
  type ChosenKafka,
  chooseDatabase,
  chooseKafka,
  kafkaOptions,
  postgresOptions,
  sayDatabase,
  sayKafka,
} from './servers.ts';
import { orStopped } from './stop-signal.ts';
import { verb } from './verb.ts';

const names = [
  ...kafkaOptions,
  ...readingOptions,
  ...postgresOptions,
  'parallelism',
  'source',
  'map',
  'format',
  'createTopic',
  'failOnParked',
  'partitions',
  'logLevel',
  'logFormat',
] as const;

type RunValues = Values<(typeof names)[number]>;

export const run = verb({
  name: 'run',
  summary: 'run the pipeline: events from Kafka or a file, enriched, into PostgreSQL',
  options: names,
  onStop: 'serves',
  examples: [
    'npx sluice run --until-caught-up',
    'npx sluice run --input file:data/sample_events.json',
    'npx sluice run --parallelism 2',
    'npx sluice run --functions ./functions   # with columns of your own',
    'npx sluice run --format debezium --topic cdc.public.users',
    'npx sluice run --input file:users.csv --map map.json',
    'tail -f events.jsonl | npx sluice run --input -',
  ],
  async run(given, context) {
    const map = given.map === undefined ? undefined : await readMap(given.map);
    const values = { ...given, orderBy: orderOf(given, context, map) };
    const logger = createLogger(values);
    requireColumns(map, values);
    if (values.source !== undefined && values.parallelism > 1) {
      throw new UsageError('--parallelism shares the partitions of a topic: an --input is read by one process');
    }
    // Before anything is connected or migrated: no server makes a file readable.
    const file = values.source === undefined || values.source === '-' ? values.source : await findFile(values.source);
    const chosen = chooseDatabase(values, context);
    logger.info({ pipeline: values.groupId }, sayDatabase(chosen));
    const own = await loadOwnFunctions(values.functions);
    const parts = { ...values, map, database: chosen.database, logger, own };
    const deadLetters = deadLettersOf(values.groupId, chosen);
    let parked: number;
    if (file !== undefined) {
      await orStopped(context.stop, prepare(parts));
      const pipeline = filePipeline(parts, file, values.onLostPosition);
      const { progress, source } = pipeline;
      await warnOfIgnoredFrom(parts, context, [source.topic]);
      const lag = async () => ({ readPercent: await source.readPercent() });
      const reported = { logger, progress, database: chosen.database, deadLetters, lag };
      parked = await reporting(reported, () => pipeline.run(context.stop));
    } else {
      const kafka = chooseKafka(values, context);
      logger.info({ topic: values.topic }, sayKafka(kafka));
      await orStopped(
        context.stop,
        reachCluster(kafka, logger, (line) => logger.warn({}, line)),
      );
      await orStopped(context.stop, checkBeforehand(values, parts, kafka));
      await orStopped(context.stop, prepare(parts));
      await warnOfIgnoredFrom(parts, context, [values.topic]);
      parked = await runFromKafka({ ...parts, deadLetters }, kafka, context.stop);
    }
    if (values.failOnParked) requireNoneParked(parked);
    return exitCodes.done;
  },
});

/** Records of a topic come without a head, so a map of CSV must name their columns. */
function requireColumns(map: UserMap | undefined, { source, orderBy }: Pick<RunValues, 'source' | 'orderBy'>): void {
  if (!map?.csv) return;
  if (map.csv.columns !== null) checkColumns(map, map.csv.columns, orderBy);
  else if (source === undefined)
    throw new UsageError('the map is of CSV without "columns", and the records of a topic have no head: add them');
}

async function prepare(parts: PipelineParts): Promise<void> {
  const applied = await prepareDatabase(parts);
  if (applied.length > 0) parts.logger.info({ migrations: applied }, 'brought the schema up to date');
}

type FromKafka = Omit<RunValues, 'map'> & PipelineParts & { readonly deadLetters: DeadLetterQuery };

async function runFromKafka(values: FromKafka, cluster: ChosenKafka, stop: AbortSignal): Promise<number> {
  const { parallelism: count, logLevel, logFormat, logger, database, deadLetters } = values;
  const ends = await topicEnds(values, cluster, logger);
  const read = Object.fromEntries(readingOptions.map((name) => [name, values[name]])) as Values<
    (typeof readingOptions)[number]
  >;
  const { provenance: _, ...connection } = cluster;
  const reading = {
    kind: 'enrichment',
    values: read,
    map: values.map,
    cluster: connection,
    database,
    ends,
    deadLetters,
  } as const;
  return await readTogether(reading, { count, logger, stop, log: { logLevel, logFormat } });
}

/** Everything that can be wrong with the topic, or the table that it feeds, is found before anything is made. */
async function checkBeforehand({ topic, createTopic }: RunValues, parts: PipelineParts, cluster: ChosenKafka) {
  const admin = kafkaClient(cluster, 'sluice', parts.logger).admin();
  await admin.connect();
  try {
    const { clusterId } = await admin.describeCluster();
    const requireIt = async () => {
      if (!createTopic) await requireTopic(admin, topic);
    };
    await checkFeed(parts, { kind: 'topic', topic, clusterId: clusterId || null }).catch(async (error) => {
      // A misspelt topic is also another than the table is fed from.
      if (diagnose(error).code === 'source_mismatch') await requireIt();
      throw error;
    });
    await requireIt();
  } finally {
    await disconnectSoon(admin);
  }
}

/** Makes the topic where that was asked for, and answers where it ends. */
async function topicEnds(
  { topic, createTopic, partitions }: Pick<RunValues, 'topic' | 'createTopic' | 'partitions'>,
  cluster: ChosenKafka,
  logger: Logger,
) {
  const kafka = kafkaClient(cluster, 'sluice', logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (createTopic) await prepareTopic(admin, logger, topic, partitions);
    return await topicRanges(kafka, { kind: 'one', topic });
  } finally {
    await disconnectSoon(admin);
  }
}
