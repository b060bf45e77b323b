/**
 * `sluice run`: the pipeline, until it is stopped, until it has caught up, or until its file ends. With
 * `--parallelism` this process does once what must be done once, and then keeps workers that read.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
import { topicRanges } from '../adapters/kafka/topics.ts';
import { exitCodes } from '../pipeline/errors.ts';
import type { Logger } from '../pipeline/ports.ts';
import { type DeadLetterQuery, deadLettersOf } from './dead-letter-query.ts';
import { warnOfIgnoredFrom } from './ignored-from.ts';
import { createLogger } from './logger.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import { orderOf } from './order.ts';
import { filePipeline, type PipelineParts, prepareDatabase, prepareTopic } from './pipeline.ts';
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
  'format',
  'failOnParked',
  'noCreateTopic',
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
    'npx sluice run --source file:data/sample_events.json',
    'npx sluice run --parallelism 2',
    'npx sluice run --format debezium --topic cdc.public.users',
    'tail -f events.jsonl | npx sluice run --source -',
  ],
  async run(given, context) {
    const values = { ...given, orderBy: orderOf(given, context) };
    const logger = createLogger(values);
    if (values.source !== undefined && values.parallelism > 1) {
      throw new UsageError('--parallelism shares the partitions of a topic: a --source is read by one process');
    }
    // Before anything is connected or migrated: no server makes a file readable.
    if (values.source !== undefined && values.source !== '-') await access(values.source, constants.R_OK);
    const chosen = chooseDatabase(values, context);
    logger.info({ pipeline: values.groupId }, sayDatabase(chosen));
    const parts = { ...values, database: chosen.database, logger };
    const deadLetters = deadLettersOf(values.groupId, chosen);
    let parked: number;
    if (values.source !== undefined) {
      await orStopped(context.stop, prepare(parts));
      const pipeline = filePipeline(parts, values.source, values.onLostPosition);
      const { progress, source } = pipeline;
      await warnOfIgnoredFrom(parts, context, [source.topic]);
      const lag = async () => ({ readPercent: await source.readPercent() });
      const reported = { logger, progress, database: chosen.database, deadLetters, lag };
      parked = await reporting(reported, () => pipeline.run(context.stop));
    } else {
      const kafka = chooseKafka(values, context);
      logger.info({ topic: values.topic }, sayKafka(kafka));
      await orStopped(context.stop, reachCluster(kafka, logger));
      await orStopped(context.stop, prepare(parts));
      await warnOfIgnoredFrom(parts, context, [values.topic]);
      parked = await runFromKafka({ ...parts, deadLetters }, kafka, context.stop);
    }
    if (values.failOnParked) requireNoneParked(parked);
    return exitCodes.done;
  },
});

async function prepare(parts: PipelineParts): Promise<void> {
  const applied = await prepareDatabase(parts);
  if (applied.length > 0) parts.logger.info({ migrations: applied }, 'brought the schema up to date');
}

type FromKafka = RunValues & PipelineParts & { readonly deadLetters: DeadLetterQuery };

async function runFromKafka(values: FromKafka, cluster: ChosenKafka, stop: AbortSignal): Promise<number> {
  const { parallelism: count, logLevel, logFormat, logger, database, deadLetters } = values;
  const ends = await topicEnds(values, cluster, logger);
  const read = Object.fromEntries(readingOptions.map((name) => [name, values[name]])) as Values<
    (typeof readingOptions)[number]
  >;
  const { provenance: _, ...connection } = cluster;
  const reading = { kind: 'enrichment', values: read, cluster: connection, database, ends, deadLetters } as const;
  return await readTogether(reading, { count, logger, stop, log: { logLevel, logFormat } });
}

/** Makes sure that the topic is there, and answers where it ends. */
async function topicEnds({ topic, noCreateTopic, partitions }: RunValues, cluster: ChosenKafka, logger: Logger) {
  const kafka = kafkaClient(cluster, 'sluice', logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    await prepareTopic(admin, logger, topic, noCreateTopic ? null : partitions);
    return await topicRanges(kafka, { kind: 'one', topic });
  } finally {
    await disconnectSoon(admin);
  }
}
