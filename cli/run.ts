/** `sluice run`: the pipeline, until it is stopped, until it has caught up, or until its file ends. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
import { partitionRanges } from '../adapters/kafka/topic.ts';
import { exitCodes } from '../pipeline/errors.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Progress } from '../pipeline/progress.ts';
import { createLogger } from './logger.ts';
import type { Values } from './options.ts';
import {
  filePipeline,
  kafkaPipeline,
  type PipelineParts,
  pipelineOptions,
  prepareDatabase,
  prepareTopic,
} from './pipeline.ts';
import {
  type ChosenKafka,
  chooseDatabase,
  chooseKafka,
  kafkaOptions,
  postgresOptions,
  sayDatabase,
  sayKafka,
} from './servers.ts';
import { caughtUp } from './until-caught-up.ts';
import { verb } from './verb.ts';

/** Milliseconds between two lines about throughput. */
const lineInterval = 10_000;

const names = [
  ...kafkaOptions,
  'topic',
  ...pipelineOptions,
  ...postgresOptions,
  'from',
  'onLostPosition',
  'parallelism',
  'source',
  'untilCaughtUp',
  'noCreateTopic',
  'partitions',
  'fetchMinBytes',
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
    'tail -f events.jsonl | sluice run --source -',
  ],
  async run(values, context) {
    const logger = createLogger(values);
    // Before anything is connected or migrated: no server makes a file readable.
    if (values.source !== undefined && values.source !== '-') await access(values.source, constants.R_OK);
    const chosen = chooseDatabase(values, context);
    logger.info({ pipeline: values.groupId }, sayDatabase(chosen));
    const parts = { ...values, database: chosen.database, logger };
    if (values.source !== undefined) {
      await prepare(parts);
      const pipeline = filePipeline(parts, values.source);
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
  const { topic, noCreateTopic, partitions, untilCaughtUp } = values;
  const { logger } = parts;
  const kafka = kafkaClient(cluster, 'sluice', logger);
  const admin = kafka.admin();
  await admin.connect();
  try {
    await prepareTopic(admin, logger, topic, noCreateTopic ? null : partitions);
    const ends = await partitionRanges(admin, topic);
    const pipeline = kafkaPipeline(parts, { ...values, kafka, admin });
    const done = new AbortController();
    const stopOrDone = AbortSignal.any([stop, done.signal]);
    // Whichever ends first, well or badly, stops the other.
    const work = () => pipeline.run(stopOrDone).finally(() => done.abort());
    const watch = async () => {
      if (!untilCaughtUp) return;
      const { source } = pipeline;
      await caughtUp({ ...parts, topic, ends, source, signal: stopOrDone }).finally(() => done.abort());
    };
    const [ran, watched] = await Promise.allSettled([reporting(logger, pipeline.progress, work), watch()]);
    for (const end of [ran, watched]) if (end.status === 'rejected') throw end.reason;
  } finally {
    await disconnectSoon(admin);
  }
}

/** Runs with a line every 10 s, and one at the end. */
async function reporting(logger: Logger, progress: Progress, work: () => Promise<void>): Promise<void> {
  const say = () => {
    const line = progress.line();
    if (line) logger.info(line, 'written');
  };
  const timer = setInterval(say, lineInterval);
  try {
    await work();
  } finally {
    clearInterval(timer);
    say();
  }
  logger.info({ ...progress.books }, 'done');
}
