/** `sluice connector create`: looks at the source, lets Debezium check the configuration, starts the connector. */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import { acceptedConfig } from '../../engines/postgres/capture/accepted.ts';
import { howToRead, interruptedTables, newCopy } from '../../engines/postgres/capture/captured-state.ts';
import {
  capturedSetting,
  type NotedTables,
  newlyInterrupted,
  notedTables,
  noteTables,
  readCaptured,
} from '../../engines/postgres/capture/captured-tables.ts';
import { connectorConfig, isListed, nameOf } from '../../engines/postgres/capture/connector-config.ts';
import {
  type Definitions,
  definitionsSetting,
  notedDefinitions,
  readDefinitions,
  redefined,
  redefinitionWarning,
  snapshotRuns,
} from '../../engines/postgres/capture/definitions.ts';
import { withPlaceholder } from '../../engines/postgres/capture/placeholder.ts';
import {
  notePublication,
  publicationSetting,
  readPublicationState,
} from '../../engines/postgres/capture/publication-state.ts';
import { type CheckedSource, checkSource } from '../../engines/postgres/capture/source-check/check-source.ts';
import { readSlot } from '../../engines/postgres/capture/source-check/slot.ts';
import { describeDatabase } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { start } from '../../services/connectors/start.ts';
import { exitCodes } from '../exit-codes.ts';
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
  'accept',
  'settings',
] as const;

type CreateValues = Values<(typeof names)[number]>;

/** Milliseconds that a look at a table, or a change of the publication, may wait behind an ALTER TABLE of somebody else. */
const lockLimitMs = 30_000;

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
    const client = await reachDatabase(database, 'connector', context.tell);
    try {
      await client.query(`set lock_timeout = ${lockLimitMs}`);
      const present = await connect.config(values.connectorName);
      const checked = await check(client, values, present, settings);
      const { tables, definitions } = checked;
      const noted = await note(client, connect, present, tables.map(nameOf), values);
      await sayWhatToKnow({ ...checked, noted }, connect, present, values, context);
      const settled = {
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
        ...acceptedConfig(checked.accepted),
        ...settings,
      };
      const config = withPlaceholder(settled, present);
      await validate(connect, values.connectorName, config);
      const former = {
        slot: await readSlot(client, values.slot),
        publication: await readPublicationState(client, values.publication),
      };
      await publish(client, checked.publication.statements);
      const published = await readPublicationState(client, values.publication);
      const known = published && { [publicationSetting]: JSON.stringify(notePublication(published)) };
      const done = await start(
        connect,
        client,
        values.connectorName,
        present,
        { ...config, ...known },
        { ...checked, noted, former },
      );
      context.print(`${done.what} ${values.connectorName}: ${tables.map(nameOf).join(', ')}`);
      if (done.what === 'created' && !done.goesOn && values.snapshotMode !== 'no_data') {
        context.tell('The snapshot runs: do not ALTER source tables until it has finished.');
      }
      if (done.goesOn)
        context.tell('It goes on where a connector of this name was: no row that is there is read again.');
      for (const name of done.missed)
        context.tell(
          `warning: changes of ${name} were made while it was not captured. ${newCopy({ ...config, name: values.connectorName })}`,
        );
      return exitCodes.done;
    } finally {
      await client.end();
    }
  },
});

type Checked = CheckedSource & { readonly definitions: Definitions };

async function check(
  client: pg.Client,
  values: CreateValues,
  present: ConnectorConfig | undefined,
  { 'column.exclude.list': excluded = '' }: ConnectorConfig,
): Promise<Checked> {
  const checked = await checkSource(client, {
    ...values,
    slotIsOurs: present?.['slot.name'] === values.slot,
    captured: Object.keys(notedDefinitions(present)),
    isExcluded: (column) => isListed(excluded, column),
    accepted: [...(values.accept ?? []), ...(values.insertOnlyTables ? (['no_replica_identity'] as const) : [])],
  });
  return { ...checked, definitions: await readDefinitions(client, checked.tables.map(nameOf)) };
}

/** The tables as they are now, and which of them missed changes. One that has not begun has missed nothing: the first attempt may have failed. */
async function note(
  client: pg.Client,
  connect: ConnectClient,
  present: ConnectorConfig | undefined,
  names: readonly string[],
  { connectorName, snapshotMode }: CreateValues,
): Promise<NotedTables> {
  const hasBegun = present !== undefined && (await connect.offsets(connectorName)).length > 0;
  const interrupted = hasBegun ? await interruptedTables(client, present) : new Set<string>();
  return noteTables(present, await readCaptured(client, names), {
    isInterrupted: (name) => interrupted.has(name),
    wantsRows: snapshotMode !== 'no_data',
  });
}

async function sayWhatToKnow(
  { tables, warnings, accepted, definitions, noted }: Checked & { readonly noted: NotedTables },
  connect: ConnectClient,
  present: ConnectorConfig | undefined,
  { connectorName }: CreateValues,
  { tell }: Context,
): Promise<void> {
  const changed = redefined(notedDefinitions(present), definitions).filter((name) => name in definitions);
  const running = changed.length > 0 && snapshotRuns(await connect.offsets(connectorName));
  const warning = redefinitionWarning(changed, running);
  for (const one of [...warnings, ...(warning ? [warning] : [])]) tell(`warning: ${one}`);
  for (const { check: name, what } of accepted) tell(`warning: accepted: ${what} [${name}]`);
  const list = present?.['table.include.list'];
  for (const name of tables.map(nameOf).filter((one) => list !== undefined && !isListed(list, one))) {
    const how = howToRead(name, noted[name] ?? { key: '' }, newCopy(present ?? {}));
    tell(`warning: ${name} is captured from now on: rows that it has already are not read. ${how}`);
  }
  for (const name of newlyInterrupted(notedTables(present), noted))
    tell(`warning: changes of ${name} were made while it was not captured. ${newCopy(present ?? {})}`);
}

/** Before the connector starts: a task must find every table in the publication. */
async function publish(client: pg.Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
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
  const { code, advice, kind } = connectorError('the source, seen from Kafka Connect', said);
  throw new PipelineError(code, `Debezium refuses the configuration: ${said}`, { advice, kind });
}
