/** `sluice reset`: moves the checkpoints of a stopped pipeline, so that its next start reads from another position. */

import { resolve } from 'node:path';
import { isFileTopic } from '../adapters/file/file-topic.ts';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client/client.ts';
import { topicNames } from '../adapters/kafka/topics/topic.ts';
import type { Bookkeeping, Checkpoint } from '../engines/bookkeeping.ts';
import { PipelineError } from '../pipeline/errors.ts';
import { csvFormat } from '../services/enrich/map-columns.ts';
import { requireNotRunning } from '../services/not-running.ts';
import { choiceOf, topicsOf } from '../services/status/topics.ts';
import { reachBookkeeping } from '../services/target.ts';
import { readMap } from './enrich/map-file.ts';
import { UsageError } from './options/option.ts';
import { replicationGroup, type Values } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import { createLogger } from './output/logger.ts';
import { type Context, verb } from './program/verb.ts';
import { fileMoves, type Moves, topicMoves } from './reset/moves.ts';
import { showMoves } from './reset/show.ts';
import type { ResetTo } from './reset/to.ts';
import { chooseKafka, describeChosenDatabase, describeKafka, kafkaOptions } from './servers/servers.ts';
import { namedTopics } from './status/named-topics.ts';
import { type ChosenPipeline, choosePipeline, pipelineChoiceOptions, settlePipeline } from './status/pipeline.ts';

const names = [
  ...kafkaOptions,
  'topic',
  ...pipelineChoiceOptions,
  'source',
  'map',
  'to',
  'partition',
  'dryRun',
  'json',
] as const;

type ResetValues = Values<(typeof names)[number]>;

/** A reset with its options and checkpoints. */
type Work = ChosenPipeline & {
  readonly values: ResetValues & { readonly to: ResetTo };
  readonly bookkeeping: Bookkeeping;
  readonly checkpoints: readonly Checkpoint[];
  readonly context: Context;
};

export const reset = verb({
  name: 'reset',
  summary: 'move the checkpoints of a stopped pipeline to another position',
  options: names,
  overrides: {
    topic: { description: 'move only this topic; without it all topics of the pipeline', hidesDefault: true },
    topics: { description: 'move the topics that match, such as those of a replication', hidesDefault: true },
    groupId: { description: `name of the pipeline; ${replicationGroup} when --topics or a target is named` },
    source: { description: 'move the checkpoint of this file; records count from 0' },
    map: { description: 'map of the file; for CSV it defines where records end' },
    target: { description: 'database with the pipeline; without it POSTGRES_* or TARGET_DB_*, then the local stack' },
  },
  examples: [
    'npx sluice reset --to earliest --dry-run',
    'npx sluice reset --group-id sluice-users --to 2024-01-01T00:00:00Z',
    'npx sluice reset --to 0:1200,3:1150',
    'npx sluice reset --input file:data/sample_events.json --to earliest',
  ],
  async run(given, context) {
    const { to } = given;
    if (to === undefined) throw new UsageError('--to is needed: earliest, latest, a time or an offset');
    if (given.source === '-')
      throw new UsageError('standard input is always read from its start: there is nothing to reset');
    const values = { ...given, to };
    const initialChoice = choosePipeline(values, context);
    context.printError(describeChosenDatabase(initialChoice.chosen));
    const { groupId: name, chosen } = initialChoice;
    const options = { name: `${name}/reset`, say: context.printError };
    const bookkeeping = await reachBookkeeping(chosen.database, options);
    try {
      const chosenPipeline = await settlePipeline(bookkeeping, initialChoice);
      const { groupId } = chosenPipeline;
      const checkpoints = await bookkeeping.checkpoints(groupId);
      if (checkpoints.length === 0) throw noCheckpoint(groupId);
      const work: Work = { ...chosenPipeline, values, bookkeeping, checkpoints, context };
      const file = fileOf(work);
      const { partitions } = file === undefined ? await resetTopics(work) : await resetFile(work, file);
      if (values.json)
        context.print(JSON.stringify(partitions, (_, one) => (typeof one === 'bigint' ? Number(one) : one)));
      else showMoves(groupId, partitions, values.dryRun, context.print);
      return exitCodes.done;
    } finally {
      await bookkeeping.close();
    }
  },
});

/** Returns the checkpoint of the named file, or of the only file of the pipeline; undefined for topics. */
function fileOf({ groupId, values, checkpoints, context }: Work): Checkpoint | undefined {
  const files = checkpoints.filter(({ topic }) => topic.startsWith('file:'));
  if (values.source !== undefined) {
    const topic = `file:${resolve(values.source)}`;
    const found = files.find((one) => one.topic === topic);
    if (found === undefined) throw noCheckpoint(groupId, topic);
    return found;
  }
  const { origins } = context;
  const namesTopics = [origins.topic, origins.topics].some((origin) => origin !== undefined && origin !== 'default');
  if (namesTopics || checkpoints.some(({ topic }) => !isFileTopic(topic))) return undefined;
  const [first] = files;
  if (first === undefined)
    throw new UsageError(`${groupId} has read only standard input, which is always read from its start`);
  if (files.length > 1)
    throw new UsageError(
      `--input names one of the files that ${groupId} has read: ${files.map(({ topic }) => topic).join(', ')}`,
    );
  return first;
}

async function resetFile(work: Work, file: Checkpoint): Promise<Moves> {
  const map = work.values.map === undefined ? undefined : await readMap(work.values.map);
  const moves = await fileMoves(file, work.values.to, work.values.partition, csvFormat(map, 'offset'));
  await requireNotRunning(work.groupId, work.bookkeeping);
  await apply(work, moves);
  return moves;
}

async function resetTopics(work: Work): Promise<Moves> {
  const { groupId, values, checkpoints, context, bookkeeping } = work;
  const cluster = chooseKafka(values, context);
  context.printError(describeKafka(cluster));
  const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
  await reachCluster(cluster, logger, context.printError);
  const admin = kafkaClient(cluster, 'sluice-reset', logger).admin();
  await admin.connect();
  try {
    const choice = choiceOf(namedTopics(values, context.origins), values.topic, checkpoints);
    const { topics } = topicsOf(choice, await topicNames(admin), checkpoints);
    const startedTopics = topics.filter((topic) => checkpoints.some((one) => one.topic === topic));
    if (startedTopics.length === 0) throw noCheckpoint(groupId, topics.join(', '));
    await requireNotRunning(groupId, bookkeeping, admin);
    const moves = await topicMoves(admin, startedTopics, checkpoints, values.to, values.partition);
    await apply(work, moves);
    return moves;
  } finally {
    await disconnectSoon(admin);
  }
}

async function apply({ groupId, bookkeeping, values }: Work, { resets }: Moves): Promise<void> {
  if (values.dryRun) return;
  const logger = createLogger({ logLevel: 'warn', logFormat: 'pretty' });
  for (const one of resets) await bookkeeping.admin.reset(groupId, one, logger);
}

const noCheckpoint = (groupId: string, topic?: string): PipelineError =>
  new PipelineError(
    'no_checkpoint',
    `pipeline ${groupId} has no checkpoint${topic === undefined ? '' : ` of ${topic}`}`,
    {
      advice: '`npx sluice pipelines list` shows all pipelines. A first start begins at --from.',
    },
  );
