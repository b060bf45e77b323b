/** `sluice replicate`: the tables that Debezium captures, into another PostgreSQL, until it is stopped or has caught up. */
import { readFile } from 'node:fs/promises';
import { kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
import { topicRanges } from '../adapters/kafka/topics.ts';
import { describeDatabase } from '../adapters/postgres/connection.ts';
import { exitCodes } from '../pipeline/errors.ts';
import { noRules, type TransformConfig } from '../pipeline/transform/config.ts';
import { parseTransformConfig } from '../pipeline/transform/parse-config.ts';
import { findSource, sourceDatabase } from './connector/servers.ts';
import { createLogger } from './logger.ts';
import type { Values } from './options.ts';
import { readTogether } from './read-together.ts';
import { prepareReplica, replicationOptions } from './replication.ts';
import { chooseKafka, kafkaOptions, sayDatabase, sayKafka } from './servers.ts';
import { chooseTarget, targetOptions } from './target-server.ts';
import { verb } from './verb.ts';

/** What a replica is called that was not named. */
export const defaultGroup = 'cdc-consumer-group';

export const replicate = verb({
  name: 'replicate',
  summary: 'replicate the tables that Debezium captures into another PostgreSQL',
  options: [
    ...kafkaOptions,
    ...replicationOptions,
    ...targetOptions,
    'sourceUrl',
    'rules',
    'parallelism',
    'logLevel',
    'logFormat',
  ],
  examples: [
    'sluice replicate --target-url postgresql://migration:secret@new:5432/targetdb',
    "sluice replicate --topics '^cdc\\.(public|sales)\\..*' --until-caught-up",
  ],
  async run(given, context) {
    const values = { ...given, groupId: context.origins.groupId === 'default' ? defaultGroup : given.groupId };
    const logger = createLogger(values);
    const rules = values.rules === undefined ? noRules : await readRules(values.rules);
    const target = chooseTarget(values, context);
    logger.info({ pipeline: values.groupId }, `target ${sayDatabase(target)}`);
    const url = findSource(values);
    const source = url && sourceDatabase(url);
    if (source) logger.info({}, `missing tables are made like those of ${describeDatabase(source)}`);
    const kafka = chooseKafka(values, context);
    const { provenance: _, ...cluster } = kafka;
    logger.info({ topics: values.topics.source }, sayKafka(kafka));
    await reachCluster(cluster, logger);
    const applied = await prepareReplica(target.database, values.groupId);
    if (applied.length > 0) logger.info({ migrations: applied }, 'brought the schema up to date');
    const ends = await topicRanges(kafkaClient(cluster, 'sluice', logger), {
      kind: 'matching',
      pattern: values.topics,
    });
    const read = Object.fromEntries(replicationOptions.map((name) => [name, values[name]])) as Values<
      (typeof replicationOptions)[number]
    >;
    await readTogether(
      { kind: 'replication', values: read, cluster, database: target.database, ends, source, rules },
      { count: values.parallelism, logger, stop: context.stop, log: values },
    );
    return exitCodes.done;
  },
});

async function readRules(path: string): Promise<TransformConfig> {
  return parseTransformConfig(await readFile(path, 'utf8'));
}
