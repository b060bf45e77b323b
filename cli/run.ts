/**
 * `sluice run`: the pipeline, until it is stopped, until it has caught up, or until its file ends. With
 * `--parallelism` this process does once what must be done once, and then keeps workers that read.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
import { expel } from '../adapters/kafka/expel.ts';
import { partitionRanges } from '../adapters/kafka/topic.ts';
import { addBooks, emptyBooks } from '../pipeline/batch.ts';
import { exitCodes } from '../pipeline/errors.ts';
import type { Logger } from '../pipeline/ports.ts';
import { createLogger } from './logger.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import { filePipeline, type PipelineParts, prepareDatabase, prepareTopic } from './pipeline.ts';
import { type Reading, readingOptions, readTopic } from './read-topic.ts';
import { reporting } from './reporting.ts';
import {
  type ChosenKafka,
  chooseDatabase,
  chooseKafka,
  kafkaOptions,
  postgresOptions,
  sayDatabase,
  sayKafka,
} from './servers.ts';
import { verb } from './verb.ts';
import { startWorker } from './worker-process.ts';
import { superviseWorkers } from './workers.ts';

const names = [
  ...kafkaOptions,
  ...readingOptions,
  ...postgresOptions,
  'parallelism',
  'source',
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
  examples: [
    'sluice run --until-caught-up',
    'sluice run --source file:data/sample_events.json',
    'sluice run --parallelism 2',
    'tail -f events.jsonl | sluice run --source -',
  ],
  async run(values, context) {
    const logger = createLogger(values);
    if (values.source !== undefined && values.parallelism > 1) {
      throw new UsageError('--parallelism shares the partitions of a topic: a --source is read by one process');
    }
    // Before anything is connected or migrated: no server makes a file readable.
    if (values.source !== undefined && values.source !== '-') await access(values.source, constants.R_OK);
    const chosen = chooseDatabase(values, context);
    logger.info({ pipeline: values.groupId }, sayDatabase(chosen));
    const parts = { ...values, database: chosen.database, logger };
    if (values.source !== undefined) {
      await prepare(parts);
      const pipeline = filePipeline(parts, values.source, values.onLostPosition);
      await reporting(logger, pipeline.progress, () => pipeline.run(context.stop));
    } else {
      const kafka = chooseKafka(values, context);
      logger.info({ topic: values.topic }, sayKafka(kafka));
      await reachCluster(kafka, logger);
      await prepare(parts);
      await runFromKafka(values, parts, kafka, context.stop);
    }
    return exitCodes.done;
  },
});

async function prepare(parts: PipelineParts): Promise<void> {
  const applied = await prepareDatabase(parts);
  if (applied.length > 0) parts.logger.info({ migrations: applied }, 'brought the schema up to date');
}

async function runFromKafka(values: RunValues, parts: PipelineParts, cluster: ChosenKafka, stop: AbortSignal) {
  const { parallelism: count, untilCaughtUp, logLevel, logFormat } = values;
  const { logger, database } = parts;
  const ends = await topicEnds(values, cluster, logger);
  const read = Object.fromEntries(readingOptions.map((name) => [name, values[name]])) as Reading['values'];
  const { provenance: _, ...connection } = cluster;
  const reading = { values: read, cluster: connection, database, ends };
  if (count === 1) return await readTopic({ ...reading, clientId: 'sluice' }, { logger, stop });

  const run = randomUUID().slice(0, 8);
  const clientId = (worker: number) => `sluice-${run}-${worker}`;
  let books = emptyBooks;
  const restarts = await superviseWorkers({
    count,
    logger,
    stop,
    finite: untilCaughtUp,
    start: (worker) =>
      startWorker(
        { event: 'read', worker, log: { logLevel, logFormat }, reading: { ...reading, clientId: clientId(worker) } },
        (more) => (books = addBooks(books, more)),
      ),
    bury: async (worker) => {
      await expel(kafkaClient(connection, 'sluice', logger), values.groupId, clientId(worker));
    },
  });
  logger.info({ workers: count, restarts, ...books }, 'all workers are done');
}

/** Makes sure that the topic is there, and answers where it ends. */
async function topicEnds({ topic, noCreateTopic, partitions }: RunValues, cluster: ChosenKafka, logger: Logger) {
  const admin = kafkaClient(cluster, 'sluice', logger).admin();
  await admin.connect();
  try {
    await prepareTopic(admin, logger, topic, noCreateTopic ? null : partitions);
    return await partitionRanges(admin, topic);
  } finally {
    await disconnectSoon(admin);
  }
}
