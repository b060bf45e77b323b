/** `sluice run`: runs the pipeline until it is stopped, has caught up, or reaches the end of its file. */
import { findFile } from '../adapters/file/find-file.ts';
import type { UserMap } from '../formats/flat/mapped/user-map.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { OrderBy } from '../schemas/order-by.ts';
import { type FileInput, startEnrichment, type TopicInput } from '../services/enrich/enrich.ts';
import { checkColumns } from '../services/enrich/map-columns.ts';
import type { EnrichmentConfig } from '../services/enrich/pipeline.ts';
import { readMap } from './enrich/map-file.ts';
import { UsageError } from './options/option.ts';
import type { Values } from './options/options.ts';
import { orderOf } from './options/order.ts';
import { deadLettersOf, requireNoneParked } from './output/dead-letter-query.ts';
import { exitCodes } from './output/exit-codes.ts';
import { commandLog } from './output/log-events.ts';
import { createLogger } from './output/logger.ts';
import { untilDone } from './program/until-done.ts';
import { type Context, verb } from './program/verb.ts';
import {
  chooseDatabase,
  chooseKafka,
  describeChosenDatabase,
  describeKafka,
  kafkaOptions,
  postgresOptions,
} from './servers/servers.ts';
import { commandWorkers } from './worker.ts';

/** The options that configure a pipeline. */
export const pipelineOptions = [
  'groupId',
  'orderBy',
  'onTooLong',
  'onTooPrecise',
  'mailboxRules',
  'functions',
  'breaker',
  'deletes',
  'lanes',
  'windowBytes',
  'maxRecords',
] as const;

const names = [
  ...kafkaOptions,
  ...pipelineOptions,
  'topic',
  'from',
  'onLostPosition',
  'untilCaughtUp',
  'fetchMinBytes',
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
    // A file is checked before any connection, because a missing file needs no server to be reported.
    const file = values.source === undefined || values.source === '-' ? values.source : await findFile(values.source);
    const chosen = chooseDatabase(values, context);
    logger.info({ pipeline: values.groupId }, describeChosenDatabase(chosen));
    const input = file === undefined ? topicInput(values, context, logger) : fileInput(values, file);
    const deadLetters = deadLettersOf(values.groupId, chosen);
    const running = startEnrichment({
      ...enrichmentConfig(values, values.orderBy),
      map,
      database: chosen.database,
      input,
      isFromExplicit: context.origins.from === 'flag',
      functionsFolder: values.functions,
      workers: commandWorkers(values.parallelism, values, deadLetters),
    });
    running.events.subscribe(commandLog(logger, deadLetters));
    const { parked } = await untilDone(running, context.stop);
    if (values.failOnParked) requireNoneParked(parked);
    return exitCodes.done;
  },
});

/** Converts the options to the configuration of the use case. */
export function enrichmentConfig(values: Values<(typeof pipelineOptions)[number]>, orderBy: OrderBy): EnrichmentConfig {
  const { groupId, onTooLong, onTooPrecise, mailboxRules, deletes, lanes, windowBytes } = values;
  return {
    ...{ groupId, orderBy, onTooLong, onTooPrecise, mailboxRules, deletes, lanes, windowBytes },
    breakerShare: values.breaker,
    transactionRecords: values.maxRecords,
  };
}

const fileInput = ({ from, onLostPosition }: RunValues, path: string): FileInput => ({
  kind: 'file',
  path,
  from,
  onLostPosition,
});

/** Returns the topic as input and logs its cluster. */
function topicInput(values: RunValues, context: Context, logger: Logger): TopicInput {
  const { provenance, ...cluster } = chooseKafka(values, context);
  const { topic, from, onLostPosition, fetchMinBytes, untilCaughtUp, createTopic, partitions } = values;
  logger.info({ topic }, describeKafka({ ...cluster, provenance }));
  const createPartitions = createTopic ? partitions : null;
  return { kind: 'topic', cluster, topic, from, onLostPosition, fetchMinBytes, untilCaughtUp, createPartitions };
}

/** Requires a CSV map to name the columns for a topic, whose records have no header. Throws UsageError. */
function requireColumns(map: UserMap | undefined, { source, orderBy }: Pick<RunValues, 'source' | 'orderBy'>): void {
  if (!map?.csv) return;
  if (map.csv.columns !== null) checkColumns(map, map.csv.columns, orderBy);
  else if (source === undefined)
    throw new UsageError(
      'the map is for CSV without "columns", and the records of a topic have no header line: add "columns" to the map',
    );
}
