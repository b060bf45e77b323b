/** `sluice connector create`: looks at the source, lets Debezium check the configuration, starts the connector. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { howToRead, interruptedTables, newCopy } from '../../adapters/kafka-connect/captured-state.ts';
import {
  capturedSetting,
  type NotedTables,
  newlyInterrupted,
  notedTables,
  noteTables,
  readCaptured,
} from '../../adapters/kafka-connect/captured-tables.ts';
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { connectorConfig, nameOf } from '../../adapters/kafka-connect/connector-config.ts';
import {
  type Definitions,
  definitionsSetting,
  notedDefinitions,
  readDefinitions,
  redefined,
  redefinitionWarning,
  snapshotRuns,
} from '../../adapters/kafka-connect/definitions.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import { type CheckedSource, checkSource } from '../../adapters/kafka-connect/source-check.ts';
import { type Database, describeDatabase } from '../../adapters/postgres/connection.ts';
import { reachDatabase } from '../../adapters/postgres/reach.ts';
import { exitCodes, messageOf, PipelineError } from '../../pipeline/errors.ts';
import { UsageError } from '../option.ts';
import type { Values } from '../options.ts';
import { type Context, verb } from '../verb.ts';
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
  'settings',
] as const;

type CreateValues = Values<(typeof names)[number]>;

/** Milliseconds until a new connector must have begun its work. */
const startLimit = 30_000;

export const create = verb({
  name: 'create',
  summary: "capture tables of a PostgreSQL with Debezium; a second time changes the connector's settings",
  options: names,
  stoppedAdvice: 'The connector may have been created or changed: `npx sluice connector status` shows it.',
  overrides: {
    // Changes of one table reach past its keys: a TRUNCATE, a changed key, a unique value that another row takes over.
    partitions: { default: '1', description: 'partitions of the topics that are created' },
  },
  examples: [
    "npx sluice connector create --tables 'public.*' \\",
    '  --source-url postgresql://migration:secret@db:5432/sourcedb',
  ],
  async run(values, context) {
    const source = chooseSource(values);
    const settings = await readSettings(values.settings);
    const connect = chooseConnect(values, context);
    const database = sourceDatabase(source, context);
    context.tell(`source PostgreSQL ${describeDatabase(database)}`);
    const present = await connect.config(values.connectorName);
    // One that has not begun has missed nothing: the first attempt may have failed.
    const hasBegun = present !== undefined && (await connect.offsets(values.connectorName)).length > 0;
    const { tables, warnings, definitions, noted } = await check(database, values, { present, hasBegun }, context);
    const changed = redefined(notedDefinitions(present), definitions).filter((name) => name in definitions);
    const running = changed.length > 0 && snapshotRuns(await connect.offsets(values.connectorName));
    const warning = redefinitionWarning(changed, running);
    for (const one of [...warnings, ...(warning ? [warning] : [])]) context.tell(`warning: ${one}`);
    for (const name of addedTo(present, tables.map(nameOf))) {
      const how = howToRead(name, noted[name] ?? { key: '' }, newCopy(present ?? {}));
      context.tell(`warning: ${name} is captured from now on: rows that it has already are not read. ${how}`);
    }
    for (const name of newlyInterrupted(notedTables(present), noted))
      context.tell(`warning: changes of ${name} were made while it was not captured. ${newCopy(present ?? {})}`);
    const config = {
      ...connectorConfig({
        ...values,
        database: connectorDatabase(source, database, values.sourceAddress),
        tables,
        withoutKey: tables.filter(({ hasKey }) => !hasKey),
        parents: tables.filter(({ isParent }) => isParent),
        plugin: 'pgoutput',
        schemas: values.schemas === 'on',
        heartbeatMs: Math.round(values.heartbeat * 1000),
      }),
      [definitionsSetting]: JSON.stringify(definitions),
      [capturedSetting]: JSON.stringify(noted),
      ...settings,
    };
    await validate(connect, values.connectorName, config);
    const done = await connect.put(values.connectorName, config);
    await started(connect, values.connectorName);
    context.print(`${done} ${values.connectorName}: ${tables.map(nameOf).join(', ')}`);
    if (done === 'created' && values.snapshotMode !== 'no_data') {
      context.tell('The snapshot runs: do not ALTER source tables until it has finished.');
    }
    return exitCodes.done;
  },
});

type Checked = CheckedSource & { readonly definitions: Definitions; readonly noted: NotedTables };

/** Tables that a connector, which has taken its snapshot, did not capture before. */
function addedTo(present: ConnectorConfig | undefined, names: readonly string[]): readonly string[] {
  const before = present?.['table.include.list'];
  if (before === undefined) return [];
  const patterns = before.split(/(?<!\\\\),/).map((one) => new RegExp(`^(?:${one.trim()})$`));
  return names.filter((name) => !patterns.some((pattern) => pattern.test(name)));
}

async function check(
  database: Database,
  values: CreateValues,
  { present, hasBegun }: { readonly present: ConnectorConfig | undefined; readonly hasBegun: boolean },
  { tell }: Context,
): Promise<Checked> {
  const client = await reachDatabase(database, 'connector', tell);
  try {
    const checked = await checkSource(client, {
      ...values,
      slotIsOurs: present?.['slot.name'] === values.slot,
      insertOnly: values.insertOnlyTables,
    });
    const names = checked.tables.map(nameOf);
    const interrupted = hasBegun ? await interruptedTables(client, present) : new Set();
    const noted = noteTables(present, await readCaptured(client, names), {
      isInterrupted: (name) => interrupted.has(name),
      wantsRows: values.snapshotMode !== 'no_data',
    });
    return { ...checked, definitions: await readDefinitions(client, names), noted };
  } finally {
    await client.end();
  }
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
  // The file of an example, as one would post it to Kafka Connect, is as good as its settings alone.
  const settings = 'config' in parsed && typeof parsed.config === 'object' ? parsed.config : parsed;
  return Object.fromEntries(Object.entries(settings ?? {}).map(([name, value]) => [name, String(value)]));
}

/** Debezium connects to the source for this, as the connector would. */
async function validate(connect: ConnectClient, name: string, config: ConnectorConfig): Promise<void> {
  const fields = await connect.validate({ ...config, name });
  if (fields.length === 0) return;
  const said = fields.map(({ field, errors }) => `${field}: ${errors.join(' ')}`).join('; ');
  const { code, advice, exit } = connectorError('the source, seen from Kafka Connect', said);
  throw new PipelineError(code, `Debezium refuses the configuration: ${said}`, { advice, exit });
}

/** A connector that fails does so in its first second; that is told here, not at the next look. */
async function started(connect: ConnectClient, name: string): Promise<void> {
  const until = Date.now() + startLimit;
  for (;;) {
    const status = await connect.status(name);
    const parts = [status?.connector, ...(status?.tasks ?? [])].filter((part) => part !== undefined);
    const failed = parts.find(({ state }) => state === 'FAILED');
    if (failed) throw connectorError(`connector ${name} failed`, failed.trace ?? '');
    // A paused one, whose settings were changed, stays paused.
    if (status && status.tasks.length > 0 && parts.every(({ state }) => state === 'RUNNING' || state === 'PAUSED'))
      return;
    if (Date.now() >= until) {
      throw new PipelineError(
        'connector_stalled',
        `connector ${name} did not begin its work in ${startLimit / 1000} s`,
        {
          advice: 'The log of Kafka Connect may say why; `npx sluice connector status` shows how it is.',
          exit: exitCodes.stalled,
        },
      );
    }
    await sleep(200);
  }
}
