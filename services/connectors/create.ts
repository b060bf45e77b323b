/** Captures tables with Debezium: looks at the source, lets Debezium check the configuration, starts the connector. */
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

/** What is captured, and how. A second time it changes the connector's settings. */
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
  /** Checks that are not to stop it. */
  readonly accepted: readonly Check[];
  /** Settings of Debezium that go before ours. */
  readonly settings: ConnectorConfig;
};

/** What became of it. */
export type Created = {
  readonly what: 'created' | 'updated';
  readonly tables: readonly string[];
  readonly takesSnapshot: boolean;
  /** Whether it was deleted before and goes on where it was. */
  readonly goesOn: boolean;
  /** Tables whose changes were missed, each with how to take a new copy. */
  readonly missed: readonly { readonly table: string; readonly advice: string }[];
};

/** Milliseconds that a look at a table, or a change of the publication, may wait behind an ALTER TABLE of somebody else. */
const lockLimitMs = 30_000;

/** Resolves when the connector captures. Warnings are said before it is started. */
export async function createConnector(connect: ConnectClient, config: CreateConfig, say: Say): Promise<Created> {
  const { connectorName: name, slot, publication, settings, snapshotMode } = config;
  const client = await reachDatabase(config.source, 'connector', say);
  try {
    await client.query(`set lock_timeout = ${lockLimitMs}`);
    const present = await connect.config(name);
    const checked = await check(client, config, present);
    const { tables, definitions } = checked;
    const noted = await note(client, connect, present, tables.map(nameOf), config);
    await sayWhatToKnow({ ...checked, noted }, connect, present, config, say);
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
    await publish(client, checked.publication.statements);
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

async function check(client: pg.Client, config: CreateConfig, present: ConnectorConfig | undefined): Promise<Checked> {
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

/** The tables as they are now, and which of them missed changes. One that has not begun has missed nothing: the first attempt may have failed. */
async function note(
  client: pg.Client,
  connect: ConnectClient,
  present: ConnectorConfig | undefined,
  names: readonly string[],
  { connectorName, snapshotMode }: CreateConfig,
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
    say(`warning: ${name} is captured from now on: rows that it has already are not read. ${how}`);
  }
  for (const name of newlyInterrupted(notedTables(present), noted))
    say(`warning: changes of ${name} were made while it was not captured. ${newCopy(present ?? {})}`);
}

/** Before the connector starts: a task must find every table in the publication. */
async function publish(client: pg.Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}

/** Debezium connects to the source for this, as the connector would. */
async function validate(connect: ConnectClient, name: string, config: ConnectorConfig): Promise<void> {
  const fields = await connect.validate({ ...config, name });
  if (fields.length === 0) return;
  const said = fields.map(({ field, errors }) => `${field}: ${errors.join(' ')}`).join('; ');
  const found = connectorError('the source, seen from Kafka Connect', said);
  const { advice, kind } = found;
  throw new PipelineError(found, `Debezium refuses the configuration: ${said}`, { advice, kind });
}
