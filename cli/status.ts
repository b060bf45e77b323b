/** `sluice status`: prints the verdict as a sentence, then the partitions. The exit code states the verdict too. */
import { messageOf } from '../pipeline/errors.ts';
import { readStatus, type StatusConfig } from '../services/status/status.ts';
import { productOf } from '../services/target.ts';
import { findSource, localConnectUrl, sourceDatabase } from './connector/servers.ts';
import { replicationGroup, type Values } from './options/options.ts';
import { deadLettersOf } from './output/dead-letter-query.ts';
import { createLogger } from './output/logger.ts';
import { type Context, verb } from './program/verb.ts';
import { chooseKafka, describeChosenDatabase, describeKafka, kafkaOptions } from './servers/servers.ts';
import { namedTopics } from './status/named-topics.ts';
import { showCountsOnly, showTopicOnly } from './status/partial.ts';
import { choosePipeline, pipelineChoiceOptions, settlePipeline } from './status/pipeline.ts';
import { remarksOf } from './status/remarks.ts';
import { show } from './status/show.ts';
import { exitCodeOf } from './status/verdict.ts';

const names = [
  ...kafkaOptions,
  'topic',
  ...pipelineChoiceOptions,
  'sourceUrl',
  'slot',
  'connectUrl',
  'connectorName',
  'wait',
  'json',
] as const;

type StatusValues = Values<(typeof names)[number]>;

export const status = verb({
  name: 'status',
  summary:
    'show health, lag and record counts per topic, and the replication slot if a source is set; the exit code states ' +
    'the verdict',
  options: names,
  overrides: {
    topic: { description: 'topic to report on; without it all topics of the pipeline', hidesDefault: true },
    topics: { description: 'report on the topics that match, such as those of a replication', hidesDefault: true },
    groupId: { description: `name of the pipeline; ${replicationGroup} when --topics or a target is named` },
    slot: { description: 'replication slot to report on; without it the slot of the connector that feeds the topics' },
    connectUrl: { description: 'Kafka Connect with the connector to report on; without it that of the local stack' },
    connectorName: { description: 'connector to report on' },
    sourceUrl: { description: 'database with the replication slot; without it that of the local stack' },
    target: { description: 'database with the pipeline; without it POSTGRES_* or TARGET_DB_*, then the local stack' },
  },
  examples: [
    'npx sluice status --group-id sluice-users',
    "npx sluice status --topics '^cdc\\.public\\..*' \\",
    '  --source-db postgresql://migration:secret@old:5432/sourcedb',
  ],
  async run(values, context) {
    const { json } = values;
    let chosenPipeline = choosePipeline(values, context);
    const { chosen } = chosenPipeline;
    const resolvePipeline: StatusConfig['resolvePipeline'] = async (bookkeeping) => {
      chosenPipeline = await settlePipeline(bookkeeping, chosenPipeline);
      return chosenPipeline;
    };
    const printError = json ? () => undefined : context.printError;
    let isKafkaNamed = false;
    const cluster: StatusConfig['cluster'] = (isDatabaseDown) => {
      const kafka = chooseKafka(values, context);
      printError(isDatabaseDown ? describeKafka(kafka) : `${describeKafka(kafka)}, ${describeChosenDatabase(chosen)}`);
      isKafkaNamed = true;
      return kafka;
    };
    const { groupId, isTarget } = chosenPipeline;
    const config = {
      ...statusConfig(values, context),
      groupId,
      database: chosen.database,
      isTarget,
      resolvePipeline,
      cluster,
    };
    const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
    const outcome = await readStatus(config, { say: printError, logger });
    const asked = { pipeline: chosenPipeline.groupId, product: productOf(chosen.database), json };
    if (outcome.kind === 'no Kafka') {
      showCountsOnly(asked, outcome.checkpoints, context.print);
      throw outcome.error;
    }
    if (outcome.kind === 'no database') {
      const { topic, found } = outcome;
      // Kafka is unreachable too, so there is nothing to show.
      if ('error' in found) context.printError(messageOf(found.error));
      else showTopicOnly(asked, topic, found, context.print);
      throw outcome.error;
    }
    if (!isKafkaNamed) printError(describeChosenDatabase(chosen));
    const remark = remarksOf(outcome, deadLettersOf(chosenPipeline.groupId, chosen, chosenPipeline.isTarget));
    const report = { ...outcome.report, remark };
    if (json) context.print(JSON.stringify(report, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
    else show(report, context.print);
    return exitCodeOf(report.state);
  },
});

/** Converts the options to the configuration of the use case. */
function statusConfig(
  values: StatusValues,
  context: Context,
): Omit<StatusConfig, 'groupId' | 'database' | 'isTarget' | 'resolvePipeline' | 'cluster'> {
  const { origins } = context;
  const isExplicit = (name: keyof StatusValues) => origins[name] === 'flag';
  const database = () => {
    const source = findSource(values);
    return source && sourceDatabase(source, context);
  };
  return {
    topics: namedTopics(values, origins),
    usualTopic: values.topic,
    limitMs: values.wait * 1000,
    source: { database, isExplicit: isExplicit('sourceUrl') },
    connectUrl: values.connectUrl ?? localConnectUrl(),
    connector: {
      name: values.connectorName,
      isExplicit: isExplicit('connectorName'),
      isUrlExplicit: isExplicit('connectUrl'),
    },
    slot: { name: values.slot, isExplicit: origins.slot !== 'default' },
    howToFix: ({ name, health }) => {
      const what = health === 'paused' || health === 'stopped' ? 'resume' : 'status';
      return `npx sluice connector ${what} --name ${name}`;
    },
  };
}
