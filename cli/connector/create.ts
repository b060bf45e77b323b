/** `sluice connector create`: captures tables of a source with Debezium. */
import { readFile } from 'node:fs/promises';
import type { ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { describeDatabase } from '../../engines/postgres/connection/connection.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { type CreateConfig, createConnector } from '../../services/connectors/create.ts';
import { UsageError } from '../options/option.ts';
import type { Values } from '../options/options.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { verb } from '../program/verb.ts';
import { chooseConnect, chooseSource, connectorDatabase, sourceDatabase } from './servers.ts';

const names = [
  'connectUrl',
  'connectorName',
  'sourceUrl',
  'sourceAddress',
  'topicPrefix',
  'tables',
  'slot',
  'publication',
  'snapshotMode',
  'schemas',
  'heartbeat',
  'partitions',
  'insertOnlyTables',
  'notePartitions',
  'accept',
  'settings',
] as const;

export const create = verb({
  name: 'create',
  summary: 'capture tables of a PostgreSQL with Debezium, or change the settings of a connector',
  options: names,
  stoppedAdvice: 'The connector may have been created or changed: `npx sluice connector status` shows it.',
  overrides: {
    // One partition keeps the order of changes that concern several keys: a TRUNCATE, a changed key, a reused unique value.
    partitions: { default: '1', description: 'partitions of the topics that are created' },
  },
  examples: [
    "npx sluice connector create --tables 'public.*' \\",
    '  --source-db postgresql://migration:secret@db:5432/sourcedb',
  ],
  async run(values, context) {
    const source = chooseSource(values);
    const settings = await readSettings(values.settings);
    const connect = chooseConnect(values, context);
    const database = sourceDatabase(source, context);
    context.printError(`source PostgreSQL ${describeDatabase(database)}`);
    const sourceForConnect = connectorDatabase(source, database, values.sourceAddress);
    const config = { ...createConfig(values), source: database, sourceForConnect, settings };
    const { what, tables, takesSnapshot, goesOn, missed } = await createConnector(connect, config, context.printError);
    context.print(`${what} ${values.connectorName}: ${tables.join(', ')}`);
    if (takesSnapshot) context.printError('The snapshot runs: do not ALTER source tables until it has finished.');
    if (goesOn)
      context.printError('It continues where a former connector of this name stopped: it reads no existing row again.');
    for (const { table, advice } of missed)
      context.printError(`warning: ${table} changed while it was not captured. ${advice}`);
    return exitCodes.done;
  },
});

/** Converts the options to the configuration of the use case. */
function createConfig(
  values: Values<(typeof names)[number]>,
): Omit<CreateConfig, 'source' | 'sourceForConnect' | 'settings'> {
  const { connectorName, topicPrefix, tables, slot, publication, snapshotMode, partitions } = values;
  const insertOnly = values.insertOnlyTables ? (['no_replica_identity'] as const) : [];
  return {
    ...{ connectorName, topicPrefix, tables, slot, publication, snapshotMode, partitions },
    notePartitions: values.notePartitions ?? [],
    schemas: values.schemas === 'on',
    heartbeatMs: Math.round(values.heartbeat * 1000),
    accepted: [...(values.accept ?? []), ...insertOnly],
  };
}

async function readSettings(path: string | undefined): Promise<ConnectorConfig> {
  if (path === undefined) return {};
  const parsed: unknown = await readFile(path, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch((error: unknown) => {
      throw new UsageError(`--settings: ${messageOf(error)}`);
    });
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UsageError('--settings: expected a file with a JSON object, name to value');
  }
  // A whole request body of Kafka Connect (`name` and `config`) is accepted too.
  const settings = 'config' in parsed && typeof parsed.config === 'object' ? parsed.config : parsed;
  return Object.fromEntries(Object.entries(settings ?? {}).map(([name, value]) => [name, String(value)]));
}
