/** `sluice pipelines`: which pipelines a database knows, and the end of one. */
import type { Admin } from 'kafkajs';
import { disconnectSoon, kafkaClient } from '../adapters/kafka/client.ts';
import { constraintsOff, listPipelines, type PipelineSummary, removePipeline } from '../adapters/postgres/pipelines.ts';
import { reachDatabase } from '../adapters/postgres/reach.ts';
import { formatSeconds } from '../monitor/format.ts';
import { type ExitCode, exitCodes, messageOf, PipelineError } from '../pipeline/errors.ts';
import { createLogger } from './logger.ts';
import { requireNotRunning } from './not-running.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import type { Entry } from './program.ts';
import { type ChosenDatabase, chooseKafka, kafkaOptions, postgresOptions, sayDatabase } from './servers.ts';
import { chooseDatabaseOrTarget } from './status/pipeline.ts';
import { table } from './table.ts';
import { targetOptions } from './target-server.ts';
import { type Context, verb } from './verb.ts';
import { withinLimit } from './within-limit.ts';

const databaseOptions = [...postgresOptions, ...targetOptions] as const;

const list = verb({
  name: 'list',
  summary: 'show every pipeline of the database: what it reads, what became of the records, its dead letters',
  options: [...databaseOptions, 'json'],
  examples: ['sluice pipelines list', 'sluice pipelines list --json'],
  async run(values, context) {
    const { chosen } = chooseDatabaseOrTarget(values, context, false);
    context.tell(sayDatabase(chosen));
    const client = await reachDatabase(chosen.database, 'pipelines');
    const pipelines = await listPipelines(client).finally(() => client.end());
    if (values.json) context.print(JSON.stringify(pipelines.map((one) => ({ ...one, kind: kindOf(one) }))));
    else if (pipelines.length === 0) context.tell('there is no pipeline: `npx sluice run` starts one');
    else show(pipelines, context.print);
    return exitCodes.done;
  },
});

function show(pipelines: readonly PipelineSummary[], print: (line: string) => void): void {
  const head = [
    'pipeline',
    'reads',
    'read',
    'applied',
    'superseded',
    'filtered',
    'parked',
    'dead letters',
    'last commit',
  ];
  const rows = pipelines.map((one) => {
    const { read, applied, superseded, filtered, parked } = one.books;
    const age = one.committedAt === null ? null : Math.max(0, (Date.now() - one.committedAt.getTime()) / 1000);
    const last = age === null ? 'never' : `${formatSeconds(age)} ago`;
    return [one.pipeline, sourcesOf(one), read, applied, superseded, filtered, parked, one.deadLetters, last];
  });
  for (const line of table(head, rows)) print(line);
}

/** `topic`, `file` or `stdin`, several joined; `removed` where only dead letters are left. */
const kindOf = ({ topics }: PipelineSummary): string => {
  const kinds = new Set(topics.map((topic) => /^(file|stdin):/.exec(topic)?.[1] ?? 'topic'));
  return kinds.size === 0 ? 'removed' : [...kinds].sort().join(' and ');
};

const sourcesOf = (one: PipelineSummary): string => {
  const [first = 'nothing: removed'] = one.topics;
  if (one.topics.length > 1) return `${one.topics.length} ${kindOf(one) === 'topic' ? 'topics' : 'sources'}`;
  return first.startsWith('stdin:') ? 'standard input' : first;
};

const removeOptions = [...kafkaOptions, ...databaseOptions, 'withDeadLetters', 'yes'] as const;

const remove = verb({
  name: 'remove',
  summary: 'forget a stopped pipeline: its checkpoints and counters; tables and their rows stay',
  args: [{ name: '<name>', description: 'its --group-id' }],
  options: removeOptions,
  examples: ['sluice pipelines remove from-stdin', 'sluice pipelines remove old --with-dead-letters --yes'],
  async run(values, context) {
    const [name = ''] = context.args;
    const { chosen } = chooseDatabaseOrTarget(values, context, false);
    context.tell(sayDatabase(chosen));
    return await removeNamed(name, chosen, values, context);
  },
});

async function removeNamed(
  name: string,
  chosen: ChosenDatabase,
  values: Values<(typeof removeOptions)[number]>,
  context: Context,
): Promise<ExitCode> {
  const { withDeadLetters, yes } = values;
  const client = await reachDatabase(chosen.database, 'pipelines');
  try {
    const found = (await listPipelines(client)).find(({ pipeline }) => pipeline === name);
    if (found === undefined) throw unknownPipeline(name);
    const readsTopics = found.topics.some((topic) => !/^(file|stdin):/.test(topic));
    await (readsTopics
      ? withKafka(values, context, name, (admin) => requireNotRunning(name, client, admin))
      : requireNotRunning(name, client));
    const off = found.topics.length === 0 ? [] : await constraintsOff(client, name);
    const lost = [
      ...(readsTopics
        ? [`how far it has read ${found.topics.join(', ')}: a new start under this name begins where --from says`]
        : []),
      ...(withDeadLetters && found.deadLetters > 0 ? [`${found.deadLetters} dead letters, each with its record`] : []),
      ...off.map((statement) => `what brings a constraint of the replica back: ${statement}`),
    ];
    const left =
      withDeadLetters || found.deadLetters === 0
        ? []
        : [`its ${found.deadLetters} dead letters stay; --with-dead-letters deletes them, too`];
    for (const line of [...lost.map((one) => `lost by it: ${one}`), ...left]) context.print(line);
    if (found.topics.length === 0 && !withDeadLetters)
      throw new UsageError(`${name} has nothing left but dead letters: --with-dead-letters deletes them`);
    if (lost.length > 0 && !yes)
      throw new UsageError(`nothing was removed: --yes removes ${name}, although that is lost`);
    await removePipeline(client, name, withDeadLetters);
    context.print(`removed ${name}: ${found.topics.length} ${found.topics.length === 1 ? 'source' : 'sources'}`);
    return exitCodes.done;
  } finally {
    await client.end();
  }
}

/** Kafka may be gone for good, and its pipelines must be removable then: a process cannot do anything without it. */
async function withKafka(
  values: Values<(typeof kafkaOptions)[number]>,
  context: Context,
  name: string,
  check: (admin?: Admin) => Promise<void>,
): Promise<void> {
  const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
  const admin = kafkaClient(chooseKafka(values, context), 'sluice-pipelines', logger).admin();
  try {
    await withinLimit(admin.connect(), kafkaLimit);
  } catch (error) {
    context.tell(
      `Kafka does not say whether ${name} runs (${messageOf(error)}); its sessions in the database are looked at`,
    );
    await disconnectSoon(admin);
    return await check();
  }
  try {
    await check(admin);
  } finally {
    await disconnectSoon(admin);
  }
}

/** Milliseconds for Kafka to answer. */
const kafkaLimit = 5_000;

const unknownPipeline = (name: string): PipelineError =>
  new PipelineError('unknown_pipeline', `the database has no pipeline ${name}`, {
    advice: '`npx sluice pipelines list` shows those there are.',
  });

/** The group of verbs. */
export const pipelines: Entry = {
  name: 'pipelines',
  summary: 'list the pipelines of a database, and remove one',
  verbs: [list, remove],
};
