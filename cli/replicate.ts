/** `sluice replicate`: replicates the tables that Debezium captures into another database, until stopped or caught up. */
import { readFile } from 'node:fs/promises';
import { describeDatabase } from '../engines/postgres/connection/connection.ts';
import { PipelineError } from '../pipeline/errors.ts';
import { noRules, type TransformConfig } from '../pipeline/transform/config.ts';
import { parseTransformConfig } from '../pipeline/transform/parse-config.ts';
import { type ReplicationConfig, replicaWindowBytes } from '../services/replicate/pipeline.ts';
import { type RulesCheckConfig, startReplication, startRulesCheck } from '../services/replicate/replicate.ts';
import { isMysql } from '../services/target.ts';
import { findSource, localConnectUrl, sourceDatabase } from './connector/servers.ts';
import { UsageError } from './options/option.ts';
import { replicationGroup, type Values } from './options/options.ts';
import { noPolicies } from './options/policy.ts';
import {
  type DeadLetterQuery,
  deadLetterCommand,
  deadLettersOf,
  requireNoneParked,
} from './output/dead-letter-query.ts';
import { exitCodes } from './output/exit-codes.ts';
import { commandLog } from './output/log-events.ts';
import { createLogger } from './output/logger.ts';
import { untilDone } from './program/until-done.ts';
import { type Context, verb } from './program/verb.ts';
import { describePlan } from './replicate/show-plan.ts';
import { localServer } from './servers/local-server.ts';
import { chooseKafka, describeChosenDatabase, describeKafka, kafkaOptions } from './servers/servers.ts';
import { chooseAnyTarget, targetOptions } from './servers/target-server.ts';
import { commandWorkers } from './worker.ts';

/** The options that configure a replication. */
const replicationOptions = [
  'topics',
  'groupId',
  'from',
  'onLostPosition',
  'breaker',
  'lanes',
  'windowBytes',
  'maxRecords',
  'fetchMinBytes',
  'pollTimeout',
  'afterResnapshot',
  'untilCaughtUp',
] as const;

export const replicate = verb({
  name: 'replicate',
  summary: 'replicate the tables that Debezium captures into another PostgreSQL, MySQL or MariaDB',
  options: [
    ...kafkaOptions,
    ...replicationOptions,
    ...targetOptions,
    'sourceUrl',
    'connectUrl',
    'rules',
    'policy',
    'check',
    'json',
    'parallelism',
    'failOnParked',
    'logLevel',
    'logFormat',
  ],
  onStop: 'serves',
  overrides: {
    groupId: { default: replicationGroup },
    windowBytes: { default: `${replicaWindowBytes / 2 ** 20}MiB` },
    untilCaughtUp: {
      description:
        'exit when every record that was in the topics at the start (or at the end of a running first snapshot) is in the database; then check constraints and set sequences',
    },
    connectUrl: {
      description:
        'Kafka Connect with the connectors of the topics, to check at the end that they capture every table; without it that of the local stack',
    },
    sourceUrl: {
      description:
        'source PostgreSQL as one URL, to create missing tables and to set sequences; without it that of the local stack',
    },
  },
  examples: [
    'npx sluice replicate \\',
    '  --target-db postgresql://migration:secret@new:5432/targetdb',
    'npx sluice replicate --target-db mariadb://me:secret@new/airline',
    "npx sluice replicate --topics '^cdc\\.(public|sales)\\..*' --until-caught-up",
    'npx sluice replicate --rules rules.json --check',
  ],
  async run(values, context) {
    if (values.json && !values.check) throw new UsageError('--json needs --check');
    const logger = createLogger(values);
    const rules = values.rules === undefined ? noRules : await readRules(values.rules);
    const target = chooseAnyTarget(values, context);
    logger.info({ pipeline: values.groupId }, `target ${describeChosenDatabase(target)}`);
    const kafka = chooseKafka(values, context);
    const sourceAddress = findSource(values);
    if (sourceAddress === undefined && kafka.provenance === 'local stack') localServer('source');
    const source = sourceAddress && sourceDatabase(sourceAddress, context);
    if (source && !isMysql(target.database))
      logger.info({}, `missing tables are created like those of ${describeDatabase(source)}`);
    const { provenance: _, ...cluster } = kafka;
    logger.info({ topics: values.topics.source }, describeKafka(kafka));
    const deadLetters = deadLettersOf(values.groupId, target, true);
    const log = commandLog(logger, deadLetters);
    const shared = { cluster, topics: values.topics, source, database: target.database, rules };
    if (values.check) {
      await showRules(shared, values.json, context, log);
      return exitCodes.done;
    }
    const running = startReplication({
      ...replicationConfig(values),
      ...shared,
      carried: values.policy ?? noPolicies,
      connectUrl: values.connectUrl ?? localConnectUrl(),
      untilCaughtUp: values.untilCaughtUp,
      isFromExplicit: context.origins.from === 'flag',
      workers: commandWorkers(values.parallelism, values, deadLetters),
    });
    running.events.subscribe(log);
    const { parked } = await untilDone(running, context.stop).catch((error) => {
      throw withParkedQuery(error, deadLetters);
    });
    if (values.failOnParked) requireNoneParked(parked);
    return exitCodes.done;
  },
});

/** Converts the options to the configuration of the use case. */
function replicationConfig(
  values: Values<(typeof replicationOptions)[number]>,
): Omit<ReplicationConfig, 'topics' | 'source' | 'rules' | 'carried'> {
  const { groupId, from, onLostPosition, lanes, windowBytes, fetchMinBytes, afterResnapshot } = values;
  return {
    ...{ groupId, from, onLostPosition, lanes, windowBytes, fetchMinBytes, afterResnapshot },
    breakerShare: values.breaker,
    transactionRecords: values.maxRecords,
    pollTimeoutMs: values.pollTimeout * 1000,
  };
}

/** `--check`: prints the plan for each table, then throws if a rule does not fit. */
async function showRules(
  config: RulesCheckConfig,
  json: boolean,
  { print, stop }: Context,
  log: ReturnType<typeof commandLog>,
): Promise<void> {
  const running = startRulesCheck(config);
  running.events.subscribe(log);
  const { plan, requireFitting } = await untilDone(running, stop);
  if (json) print(JSON.stringify({ tables: plan }));
  else for (const line of describePlan(plan)) print(line);
  requireFitting();
}

/** Adds the command that shows the parked records to the advice of `records_parked`. */
function withParkedQuery(error: unknown, deadLetters: DeadLetterQuery): unknown {
  if (!(error instanceof PipelineError) || error.code !== 'records_parked') return error;
  const { code, message, kind } = error;
  const advice = `${error.advice} See them: ${deadLetterCommand(deadLetters)}`;
  return new PipelineError(code, message, { advice, kind, cause: error });
}

async function readRules(path: string): Promise<TransformConfig> {
  return parseTransformConfig(await readFile(path, 'utf8'), process.env);
}
