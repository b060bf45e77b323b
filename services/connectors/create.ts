/** Captures tables with Debezium: checks the source, lets Debezium validate the configuration, and starts the connector. */
import type pg from 'pg';
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import { acceptedConfig } from '../../engines/postgres/capture/accepted.ts';
import {
  howToRead,
  interruptedTables,
  newCopy,
  tablesWithChangedPartitions,
} from '../../engines/postgres/capture/captured-state.ts';
import {
  capturedSetting,
  type NotedTables,
  newlyInterrupted,
  notedTables,
  noteTables,
  readCaptured,
} from '../../engines/postgres/capture/captured-tables.ts';
import {
  type ConnectorDatabase,
  connectorConfig,
  isListed,
  nameOf,
} from '../../engines/postgres/capture/connector-config.ts';
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
import type { Check } from '../../engines/postgres/capture/source-check/finding.ts';
import { readSlot } from '../../engines/postgres/capture/source-check/slot.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { start } from './start.ts';

/** Settings of a connector. For an existing connector they replace its settings. */
export type CreateConfig = {
  readonly connectorName: string;
  /** The source as this process reaches it, and as Kafka Connect does. */
  readonly source: Database;
  readonly sourceForConnect: ConnectorDatabase;
  readonly topicPrefix: string;
  /** Tables by name or pattern, separated by commas. */
  readonly tables: string;
  readonly slot: string;
  readonly publication: string;
  readonly snapshotMode: string;
  /** Whether messages carry their schema. */
  readonly schemas: boolean;
  readonly heartbeatMs: number;
  /** Partitions of the topics that are created. */
  readonly partitions: number;
  /** Partitions that changed in a way that no event reports, and whose rows were corrected in the replica since. */
  readonly notePartitions: readonly string[];
  /** Failed checks that the user accepts. */
  readonly accepted: readonly Check[];
  /** Settings of Debezium that override those of Sluice. */
  readonly settings: ConnectorConfig;
};

/** Result of `createConnector`. */
export type Created = {
  readonly what: 'created' | 'updated';
  readonly tables: readonly string[];
  readonly takesSnapshot: boolean;
  /** Whether it was deleted before and continues from its stored offsets. */
  readonly goesOn: boolean;
  /** Tables whose changes were missed, each with the way to a new copy. */
  readonly missed: readonly { readonly table: string; readonly advice: string }[];
};

/** Longest wait for a table lock, for example of another session's ALTER TABLE. */
const lockLimitMs = 30_000;

/** Resolves once the connector captures. Warnings go to `say` before it is started. */
export async function createConnector(connect: ConnectClient, config: CreateConfig, say: Say): Promise<Created> {
  const { connectorName: name, slot, publication, settings, snapshotMode } = config;
  const client = await reachDatabase(config.source, 'connector', say);
  try {
    await client.query(`set lock_timeout = ${lockLimitMs}`);
    const present = await connect.config(name);
    const checked = await checkTables(client, config, present);
    const { tables, definitions } = checked;
    const noted = await noteCaptured(client, connect, present, tables.map(nameOf), config);
    await sayWarnings({ ...checked, noted }, connect, present, config, say);
    const settled = {
      ...connectorConfig({
        ...config,
        database: config.sourceForConnect,
        tables,
        withoutKey: tables.filter(({ hasKey }) => !hasKey),
        parents: tables.filter(({ isParent }) => isParent),
        plugin: 'pgoutput',
      }),
      [definitionsSetting]: JSON.stringify(definitions),
      [capturedSetting]: JSON.stringify(noted),
      ...acceptedConfig(checked.accepted),
      ...settings,
    };
    const wanted = withPlaceholder(settled, present);
    await validate(connect, name, wanted);
    const former = {
      slot: await readSlot(client, slot),
      publication: await readPublicationState(client, publication),
    };
    await changePublication(client, checked.publication.statements);
    const published = await readPublicationState(client, publication);
    const known = published && { [publicationSetting]: JSON.stringify(notePublication(published)) };
    const found = { ...checked, noted, former };
    const { what, goesOn, missed } = await start(connect, client, name, present, { ...wanted, ...known }, found);
    const advice = newCopy({ ...wanted, name });
    return {
      what,
      tables: tables.map(nameOf),
      takesSnapshot: what === 'created' && !goesOn && snapshotMode !== 'no_data',
      goesOn,
      missed: missed.map((table) => ({ table, advice })),
    };
  } finally {
    await client.end();
  }
}

type Checked = CheckedSource & { readonly definitions: Definitions };

async function checkTables(
  client: pg.Client,
  config: CreateConfig,
  present: ConnectorConfig | undefined,
): Promise<Checked> {
  const { 'column.exclude.list': excluded = '' } = config.settings;
  const checked = await checkSource(client, {
    ...config,
    slotIsOurs: present?.['slot.name'] === config.slot,
    captured: Object.keys(notedDefinitions(present)),
    isExcluded: (column) => isListed(excluded, column),
    accepted: config.accepted,
  });
  return { ...checked, definitions: await readDefinitions(client, checked.tables.map(nameOf)) };
}

/**
 * Returns the present definitions of the tables, and marks tables that missed changes. A connector without offsets has not
 * started, so its tables have missed nothing.
 */
async function noteCaptured(
  client: pg.Client,
  connect: ConnectClient,
  present: ConnectorConfig | undefined,
  names: readonly string[],
  { connectorName, snapshotMode, notePartitions }: CreateConfig,
): Promise<NotedTables> {
  const hasBegun = present !== undefined && (await connect.offsets(connectorName)).length > 0;
  const none: ReadonlySet<string> = new Set();
  const interrupted = hasBegun ? await interruptedTables(client, present) : none;
  const changed = hasBegun ? await tablesWithChangedPartitions(client, present) : none;
  return noteTables(present, await readCaptured(client, names), {
    isInterrupted: (name) => interrupted.has(name),
    wantsRows: snapshotMode !== 'no_data',
    keepsPartitions: (name) => changed.has(name),
    corrected: notePartitions,
  });
}

async function sayWarnings(
  { tables, warnings, accepted, definitions, noted }: Checked & { readonly noted: NotedTables },
  connect: ConnectClient,
  present: ConnectorConfig | undefined,
  { connectorName }: CreateConfig,
  say: Say,
): Promise<void> {
  const changed = redefined(notedDefinitions(present), definitions).filter((name) => name in definitions);
  const running = changed.length > 0 && snapshotRuns(await connect.offsets(connectorName));
  const warning = redefinitionWarning(changed, running);
  for (const one of [...warnings, ...(warning ? [warning] : [])]) say(`warning: ${one}`);
  for (const { check: name, what } of accepted) say(`warning: accepted: ${what} [${name}]`);
  const list = present?.['table.include.list'];
  for (const name of tables.map(nameOf).filter((one) => list !== undefined && !isListed(list, one))) {
    const how = howToRead(name, noted[name] ?? { key: '' }, newCopy(present ?? {}));
    say(`warning: ${name} is captured from now on; its existing rows are not read. ${how}`);
  }
  for (const name of newlyInterrupted(notedTables(present), noted))
    say(`warning: changes of ${name} were made while it was not captured. ${newCopy(present ?? {})}`);
}

/** Changes the publication. Runs before the connector starts, because its task needs every table in the publication. */
async function changePublication(client: pg.Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}

/** Lets Debezium validate the configuration. For that it connects to the source. */
async function validate(connect: ConnectClient, name: string, config: ConnectorConfig): Promise<void> {
  const fields = await connect.validate({ ...config, name });
  if (fields.length === 0) return;
  const said = fields.map(({ field, errors }) => `${field}: ${errors.join(' ')}`).join('; ');
  const found = connectorError('the source, seen from Kafka Connect', said);
  const { advice, kind } = found;
  throw new PipelineError(found, `Debezium refuses the configuration: ${said}`, { advice, kind });
}
