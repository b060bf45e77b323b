/** `sluice pipelines remove`: deletes the bookkeeping of a stopped pipeline. A loss needs the consent of `--yes`. */

import type { Admin } from 'kafkajs';
import { isFileTopic } from '../../adapters/file/file-topic.ts';
import { disconnectSoon, kafkaClient } from '../../adapters/kafka/client/client.ts';
import type { PipelineSummary } from '../../engines/bookkeeping.ts';
import type { PipelineAdmin } from '../../engines/pipeline-admin.ts';
import { zeroCounts } from '../../pipeline/batch.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { requireNotRunning } from '../../services/not-running.ts';
import { isMysql, reachBookkeeping } from '../../services/target.ts';
import { withinLimit } from '../../services/within-limit.ts';
import { UsageError } from '../options/option.ts';
import type { Values } from '../options/options.ts';
import { type ExitCode, exitCodes } from '../output/exit-codes.ts';
import { createLogger } from '../output/logger.ts';
import { type Context, verb } from '../program/verb.ts';
import { type ChosenTarget, chooseKafka, describeChosenDatabase, kafkaOptions } from '../servers/servers.ts';
import { chooseDatabaseOrTarget, databaseOptions } from '../status/pipeline.ts';

const removeOptions = [...kafkaOptions, ...databaseOptions, 'withDeadLetters', 'withBookkeeping', 'yes'] as const;

export const remove = verb({
  name: 'remove',
  summary: 'remove a stopped pipeline: its checkpoints and counters; tables and their rows stay',
  args: [{ name: '<name>', description: 'its --group-id' }],
  options: removeOptions,
  overrides: { yes: { description: 'remove it even if something is lost' } },
  examples: [
    'npx sluice pipelines remove from-stdin',
    'npx sluice pipelines remove old --with-dead-letters --yes',
    'npx sluice pipelines remove cdc --target-db URL --with-bookkeeping',
  ],
  async run(values, context) {
    const [name = ''] = context.args;
    const { chosen } = chooseDatabaseOrTarget(values, context, false);
    context.printError(describeChosenDatabase(chosen));
    return await removeNamed(name, chosen, values, context);
  },
});

async function removeNamed(
  name: string,
  chosen: ChosenTarget,
  values: Values<(typeof removeOptions)[number]>,
  context: Context,
): Promise<ExitCode> {
  const { withDeadLetters, withBookkeeping, yes } = values;
  const bookkeeping = await reachBookkeeping(chosen.database, { name: 'pipelines', say: context.printError });
  const { admin } = bookkeeping;
  try {
    const tables = withBookkeeping ? await admin.tablesOnlyOf(name) : [];
    const listed = (await bookkeeping.pipelines()).find(({ pipeline }) => pipeline === name);
    if (listed === undefined && tables.length === 0) throw unknownPipeline(name);
    const found = listed ?? emptySummary(name);
    const readsTopics = found.topics.some((topic) => !isFileTopic(topic));
    await (readsTopics
      ? withKafka(values, context, name, (kafka) => requireNotRunning(name, bookkeeping, kafka))
      : requireNotRunning(name, bookkeeping));
    const off = found.topics.length === 0 ? [] : await admin.constraintsOff(name);
    const lost = [...lossesOf(found, withBookkeeping ? [] : off, withDeadLetters), ...lossOfTables(tables)];
    for (const line of lost) context.print(`lost with it: ${line}`);
    if (!withDeadLetters && found.deadLetters > 0) {
      const { deadLetters: count } = found;
      const stay = count === 1 ? '1 dead letter stays' : `${count} dead letters stay`;
      context.print(`${stay}; --with-dead-letters also deletes ${count === 1 ? 'it' : 'them'}`);
    }
    if (found.topics.length === 0 && !withDeadLetters && !withBookkeeping)
      throw new UsageError(`${name} has nothing left but dead letters: --with-dead-letters deletes them`);
    if (lost.length > 0 && !yes)
      throw new UsageError(`nothing was removed: --yes removes ${name}, although that is lost`);
    if (withBookkeeping) await returnConstraints(admin, name, context.print);
    await admin.remove(name, withDeadLetters);
    context.print(`removed ${name}: ${found.topics.length} ${found.topics.length === 1 ? 'source' : 'sources'}`);
    if (withBookkeeping)
      await forgetReplica(
        { admin, container: isMysql(chosen.database) ? 'database' : 'schema' },
        tables,
        context.print,
      );
    return exitCodes.done;
  } finally {
    await bookkeeping.close();
  }
}

/** Restores constraints that the rows satisfy. Prints the statements of the others, because their bookkeeping is deleted. */
async function returnConstraints(admin: PipelineAdmin, name: string, print: (line: string) => void): Promise<void> {
  const before = await admin.constraintsOff(name);
  await admin.restoreConstraints(name);
  const left = await admin.constraintsOff(name);
  for (const statement of before) {
    const isBack = !left.includes(statement);
    print(
      isBack
        ? `put back: ${statement}`
        : `not put back, because rows violate it; after correcting them, run: ${statement}`,
    );
  }
}

async function forgetReplica(
  { admin, container }: { readonly admin: PipelineAdmin; readonly container: string },
  tables: readonly string[],
  print: (line: string) => void,
) {
  await admin.forgetTables(tables);
  if (tables.length > 0)
    print(`removed the bookkeeping of ${tables.join(', ')}; the tables and their rows are unchanged`);
  const why = await admin.dropIfUnused();
  print(why === undefined ? `removed the ${container} sluice` : `the ${container} sluice stays: ${why}`);
}

/** The summary of a pipeline that was removed earlier and has left only bookkeeping of tables. */
const emptySummary = (pipeline: string): PipelineSummary => ({
  pipeline,
  topics: [],
  counts: zeroCounts,
  deadLetters: 0,
  committedAt: null,
});

const lossOfTables = (tables: readonly string[]): readonly string[] =>
  tables.length === 0
    ? []
    : [`the position of each row, so that these tables need a new snapshot: ${tables.join(', ')}`];

/** Lists losses that cannot be undone. Checkpoints of files and standard input are none: both can be read again. */
function lossesOf(
  { topics, deadLetters }: PipelineSummary,
  constraints: readonly string[],
  withDeadLetters: boolean,
): readonly string[] {
  const read = topics.filter((topic) => !isFileTopic(topic)).join(', ');
  const start = 'a new start under this name begins where --from says';
  const letters = deadLetters === 1 ? '1 dead letter and its record' : `${deadLetters} dead letters and their records`;
  return [
    ...(read === '' ? [] : [`how far it has read ${read}: ${start}`]),
    ...(withDeadLetters && deadLetters > 0 ? [letters] : []),
    ...constraints.map((statement) => `the statement that restores a constraint of the replica: ${statement}`),
  ];
}

/** Without Kafka only the database sessions are checked: no pipeline works without Kafka, and it may be gone for good. */
async function withKafka(
  values: Values<(typeof kafkaOptions)[number]>,
  context: Context,
  name: string,
  check: (admin?: Admin) => Promise<void>,
): Promise<void> {
  const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
  const admin = kafkaClient(chooseKafka(values, context), 'sluice-pipelines', logger).admin();
  try {
    await withinLimit(admin.connect(), kafkaTimeoutMs);
  } catch (error) {
    context.printError(
      `Kafka cannot be asked whether ${name} runs (${messageOf(error)}); only its database sessions are checked`,
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

/** Time limit for Kafka to answer. */
const kafkaTimeoutMs = 5_000;

const unknownPipeline = (name: string): PipelineError =>
  new PipelineError('unknown_pipeline', `the database has no pipeline ${name}`, {
    advice: '`npx sluice pipelines list` shows all pipelines.',
  });
