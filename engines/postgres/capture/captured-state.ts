/**
 * Whether all changes of the captured tables still arrive. A connector does not report a table that left its publication.
 * The stream has no event for a partition that is attached, detached, dropped or truncated. Only the source's catalogue
 * shows these faults.
 */

import type pg from 'pg';
import { quoted } from '../identifiers.ts';
import { acceptedRisks } from './accepted.ts';
import { type CapturedTable, type NotedTable, notedTables, readCaptured } from './captured-tables.ts';
import { type ConnectorConfig, tableOf } from './connector-config.ts';
import { notedDefinitions } from './definitions.ts';
import {
  narrowed,
  notedPublication,
  type PublicationState,
  readPublicationState,
  wasNarrowed,
} from './publication-state.ts';
import { readableTable } from './source-check/names.ts';

/** The present state of the source. */
export type CapturedState = {
  readonly publication: PublicationState | undefined;
  readonly tables: Readonly<Record<string, CapturedTable>>;
  /** By oid, the present names of stored tables. */
  readonly names: Readonly<Record<string, string>>;
  /** Oids of partitions that were created as tables and attached later. */
  readonly attached: readonly number[];
  /** By oid, the transaction that gave a partition its present file. */
  readonly rewritten: Readonly<Record<string, string>>;
};

/** Options of `create`, with their connector settings and defaults. */
const flags = [
  ['--name', 'name', 'source-connector'],
  ['--topic-prefix', 'topic.prefix', 'cdc'],
  ['--slot', 'slot.name', 'debezium_slot'],
  ['--publication', 'publication.name', 'dbz_publication'],
] as const;

/** The `create` command for this connector: its names, and its tables unless `tables` names others. */
function createCommand(config: ConnectorConfig, tables = capturedNames(config)): string {
  const named = flags.flatMap(([flag, setting, usual]) => {
    const value = config[setting] ?? usual;
    return value === usual ? [] : [flag, value];
  });
  return ['npx sluice connector create', `--tables '${tables.join(',')}'`, ...named].join(' ');
}

/**
 * The commands that read all rows again and delete rows that the source has deleted meanwhile. `--breaker off`, because the
 * target may refuse many old changes in the topic before the new copy.
 */
export function newCopy(config: ConnectorConfig): string {
  const { name = 'source-connector' } = config;
  const named = name === 'source-connector' ? '' : ` --name ${name}`;
  return (
    `Take a new copy: \`npx sluice connector delete --drop-slot${named}\`, \`${createCommand(config)}\`, then ` +
    '`npx sluice replicate --until-caught-up --after-resnapshot delete --breaker off`.'
  );
}

/** Names of the tables that the connector captures, by its configuration. */
export function capturedNames(config: ConnectorConfig): readonly string[] {
  const noted = Object.entries(notedTables(config));
  if (noted.length > 0) return noted.filter(([, { left }]) => !left).map(([name]) => name);
  return Object.keys(notedDefinitions(config));
}

/** How to read the rows that a table had when it was added; `copy` is the advice for a new copy. */
export const howToRead = (name: string, { key }: Pick<CapturedTable, 'key'>, copy: string): string =>
  key === '' ? copy : `\`npx sluice connector snapshot --tables '${name}'\` reads them.`;

const publicationOf = (config: ConnectorConfig): string => config['publication.name'] ?? 'dbz_publication';

/**
 * Reasons why changes do not arrive or rows are missing, each with its remedy; empty without faults.
 * @param isFollowed whether to check a captured table.
 */
export async function capturedFaults(
  client: pg.Client,
  config: ConnectorConfig,
  isFollowed: (name: string) => boolean,
): Promise<readonly string[]> {
  const captured = capturedNames(config).filter(isFollowed);
  if (captured.length === 0) return [];
  return [...faultsOf(config, await readState(client, config, captured), captured)];
}

/** The captured tables whose partitions have changed at the source in a way that no event reports. */
export async function tablesWithChangedPartitions(
  client: pg.Client,
  config: ConnectorConfig,
): Promise<ReadonlySet<string>> {
  const captured = capturedNames(config);
  const state = await readState(client, config, captured);
  const comparison = { ...state, captured, advice: { copy: '', create: '' } };
  const hasFault = (name: string): boolean => {
    const [stored, present] = [notedTables(config)[name], state.tables[name]];
    if (stored === undefined || present === undefined || stored.oid !== present.oid) return false;
    return partitionFaults(name, stored, present, comparison).next().done === false;
  };
  return new Set(captured.filter(hasFault));
}

/** The stored tables whose changes are not captured at present. `create` captures them again, with a gap. */
export async function interruptedTables(
  client: pg.Client,
  config: ConnectorConfig | undefined,
): Promise<ReadonlySet<string>> {
  if (config === undefined) return new Set();
  const [publication, noted] = [await readPublicationState(client, publicationOf(config)), notedPublication(config)];
  return new Set(
    capturedNames(config).filter(
      (name) => publication?.tables[name] === undefined || wasNarrowed(noted, publication, name),
    ),
  );
}

/**
 * Partitions that were attached after their creation. A table's system columns never change, so a later transaction id in
 * its link to the parent (pg_inherits) shows an ATTACH. ATTACH also rewrites all user columns, which gives them other
 * command ids if the table was created in the same transaction. An inheritance child is never captured with its parent.
 */
const attachedLater = `
  select h.inhrelid::bigint::float8 as oid from pg_inherits h
  join pg_class parent on parent.oid = h.inhparent
  join pg_attribute a on a.attrelid = h.inhrelid and a.attnum = -1
  where h.inhrelid = any ($1::bigint[]::oid[]) and (parent.relkind = 'r' or h.xmin <> a.xmin or (
    select bool_and(u.xmin = a.xmin and u.cmin::text <> a.cmin::text)
    from pg_attribute u where u.attrelid = h.inhrelid and u.attnum > 0 and not u.attisdropped))`;

/**
 * The transactions that gave partitions their files. One TRUNCATE of the root writes the rows of all files of its partitions in
 * pg_class: of tables, TOAST tables and indexes. Later statements write some of these rows again, never all, so that the oldest row has
 * the transaction.
 */
const rewrites = `
  select c.oid::bigint::text as oid, (
    select f.xmin::text from pg_class f where f.oid in (
      select c.oid union all select c.reltoastrelid
      union all select i.indexrelid from pg_index i where i.indrelid in (c.oid, c.reltoastrelid))
    order by age(f.xmin) desc limit 1) as rewritten
  from pg_class c where c.oid = any ($1::bigint[]::oid[])`;

const namesNow = `
  select c.oid::bigint::text as oid, n.nspname || '.' || c.relname as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any ($1::bigint[]::oid[])`;

async function readState(
  client: pg.Client,
  config: ConnectorConfig,
  captured: readonly string[],
): Promise<CapturedState> {
  const noted = Object.values(notedTables(config));
  const tables = await readCaptured(client, captured);
  const partitions = [...noted, ...Object.values(tables)].flatMap((table) => Object.values(table.partitions));
  const members = partitions.map(([oid]) => oid);
  const oids = [...noted.map(({ oid }) => oid), ...members];
  const attached = await client.query<{ oid: number }>(attachedLater, [members]);
  const rewritten = await client.query<{ oid: string; rewritten: string }>(rewrites, [members]);
  const names = await client.query<{ oid: string; name: string }>(namesNow, [oids]);
  return {
    publication: await readPublicationState(client, publicationOf(config)),
    tables,
    names: Object.fromEntries(names.rows.map(({ oid, name }) => [oid, name])),
    attached: attached.rows.map(({ oid }) => oid),
    rewritten: Object.fromEntries(rewritten.rows.map((one) => [one.oid, one.rewritten])),
  };
}

/** Compares the stored state with the present one. A pure function, for tests of every case. */
export function* faultsOf(
  config: ConnectorConfig,
  state: CapturedState,
  captured = capturedNames(config),
): Generator<string> {
  const publication = publicationOf(config);
  const noted = notedTables(config);
  const advice: Advice = { copy: newCopy(config), create: `\`${createCommand(config)}\`` };
  if (state.publication === undefined)
    yield `the source has no publication ${publication}: no change arrives. ${advice.copy}`;
  for (const name of captured) {
    const stored = noted[name];
    const present = state.tables[name];
    if (present === undefined) {
      yield missingTableFault(name, stored, config, state);
      continue;
    }
    const isOther = stored !== undefined && stored.oid !== present.oid;
    if (isOther) {
      const renamed = state.names[stored.oid];
      const change =
        renamed === undefined ? 'was dropped and created again' : `is another table; the former is ${renamed} now`;
      yield `${name} ${change}: the replica holds the rows of the former one. ${advice.copy}`;
    } else if (state.publication !== undefined && state.publication.tables[name] === undefined) {
      yield `${name} is not in the publication ${publication} any more: its changes do not arrive. ${advice.copy}`;
    }
    if (stored !== undefined && !isOther) yield* tableFaults(name, stored, present, { ...state, captured, advice });
  }
  if (state.publication !== undefined) yield* publicationFaults(config, state.publication, captured, advice.copy);
  const partitioned = captured.find(
    (name) => state.publication?.viaRoot === false && hasPartitions(state.tables[name]),
  );
  if (partitioned !== undefined)
    yield `the publication ${publication} sends changes of ${partitioned} under the names of its partitions, which are not captured. ` +
      `On the source: ALTER PUBLICATION ${quoted(publication)} SET (publish_via_partition_root = true);`;
}

function* publicationFaults(
  config: ConnectorConfig,
  state: PublicationState,
  captured: readonly string[],
  copy: string,
): Generator<string> {
  const [name, tables, noted] = [publicationOf(config), notedTables(config), notedPublication(config)];
  const accepted = new Set<string>(acceptedRisks(config).map(({ check }) => check));
  const faults = [...narrowed(name, state, captured, copy, (check) => accepted.has(check))];
  yield* faults;
  if (faults.length > 0) return;
  const missed = captured.filter(
    (table) => state.tables[table] && tables[table]?.gap !== 'interrupted' && wasNarrowed(noted, state, table),
  );
  if (missed.length === 0) return;
  const what =
    noted?.altered === state.altered
      ? `${missed.join(', ')} had left the publication ${name}`
      : `the publication ${name} was altered since the connector was made`;
  yield `${what}: changes that it did not publish meanwhile may be missing. ${copy}`;
}

const hasPartitions = (table: CapturedTable | undefined): boolean =>
  table !== undefined && Object.keys(table.partitions).length > 0;

function missingTableFault(
  name: string,
  stored: NotedTable | undefined,
  config: ConnectorConfig,
  { names }: CapturedState,
): string {
  const renamed = stored && names[stored.oid];
  const others = capturedNames(config).filter((one) => one !== name);
  if (renamed === undefined) {
    const forget = others.length === 0 ? '`npx sluice connector delete`' : `\`${createCommand(config, others)}\``;
    return `${name} is gone from the source, and its rows stay in the replica. ${forget} forgets it.`;
  }
  return `${name} is ${renamed} in the source now: its changes are not captured. \`${createCommand(config, [...others, renamed])}\` captures it by that name.`;
}

/** Remedies for faults: how to take a new copy, and the command that stores the present state. */
type Advice = { readonly copy: string; readonly create: string };

/** The state that a table is compared with. */
type Comparison = CapturedState & { readonly captured: readonly string[]; readonly advice: Advice };

function* tableFaults(
  name: string,
  stored: NotedTable,
  present: CapturedTable,
  comparison: Comparison,
): Generator<string> {
  const { copy } = comparison.advice;
  if (stored.gap === 'unread')
    yield `the rows that ${name} had when it was added are not read. ${howToRead(name, stored, copy)}`;
  if (stored.gap === 'interrupted') yield `changes of ${name} were made while it was not captured. ${copy}`;
  if (stored.key !== present.key)
    yield `the primary key of ${name} was (${stored.key}) and is (${present.key}): the replica still finds rows by the former key. ${copy}`;
  if (stored.identity !== present.identity && !isIdentitySufficient(present))
    yield `the replica identity of ${name} was ${stored.identity} and is ${present.identity}: its UPDATE and DELETE do not arrive whole. ` +
      `On the source: ALTER TABLE ${readableTable(tableOf(name))} REPLICA IDENTITY ${present.key === '' ? 'FULL' : 'DEFAULT'};`;
  yield* partitionFaults(name, stored, present, comparison);
}

/** A full row or a primary key identifies rows. Columns of another index are not a key of the replica. */
const isIdentitySufficient = ({ identity, key }: CapturedTable): boolean =>
  identity === 'full' || (identity === 'default' && key !== '');

function* partitionFaults(
  name: string,
  { partitions: before }: NotedTable,
  { partitions: now }: CapturedTable,
  { names, attached, rewritten, captured, advice: { copy, create } }: Comparison,
): Generator<string> {
  const oidsNow = new Set(Object.values(now).map(([oid]) => oid));
  const oidsBefore = new Set(Object.values(before).map(([oid]) => oid));
  for (const [partition, [oid]] of Object.entries(before)) {
    if (oidsNow.has(oid)) continue;
    const isDropped = names[oid] === undefined;
    const its = readableTable(tableOf(partition));
    const statement = isDropped
      ? `DROP TABLE IF EXISTS ${its};`
      : `ALTER TABLE ${readableTable(tableOf(name))} DETACH PARTITION ${its};`;
    // A later partition of this name has rows of its own in the replica.
    const remedy =
      partition in now
        ? copy
        : `On the target: ${statement} Then ${create.replace(/`$/, ` --note-partitions '${partition}'\``)} notes it.`;
    yield `the partition ${partition} of ${name} ${isDropped ? 'was dropped' : 'was detached'} at the source, which no event reports: ` +
      `its rows stay in the replica. ${remedy}`;
  }
  for (const [partition, [oid]] of Object.entries(now)) {
    if (oidsBefore.has(oid) || captured.includes(partition) || !attached.includes(oid)) continue;
    yield `the partition ${partition} was attached to ${name}, which no event reports: rows that it had by then are missing in the replica. ` +
      `${copy} Or update them at the source (UPDATE … SET of a column to itself), and note that with ${noting}.`;
  }
  // A captured TRUNCATE of the root gives every partition a new file, in one transaction.
  const leaves = Object.entries(now).filter(([, [oid, file]]) => file !== 0 && oidsBefore.has(oid));
  const files = new Map(Object.values(before));
  const other = leaves.filter(([, [oid, file]]) => files.get(oid) !== file);
  const ofRoot = other.length === leaves.length && new Set(leaves.map(([, [oid]]) => rewritten[oid])).size === 1;
  if (other.length > 0 && !ofRoot)
    yield `the files of ${other.map(([one]) => one).join(', ')} have changed: a TRUNCATE of single partitions of ${name} is in no event, ` +
      `and their rows stay in the replica. ${copy} VACUUM FULL and CLUSTER do no harm: note them with ${noting}.`;
}

/** Without the command, because it corrects nothing by itself. */
const noting = '--note-partitions of connector create';
