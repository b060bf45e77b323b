/**
 * The properties of captured tables that decide whether all their changes arrive: oid, replica identity, primary key and
 * partitions. `create` stores them in the connector's configuration, for later comparison.
 */
import type pg from 'pg';
import { notedDefinitions } from './definitions.ts';

/** A captured table in the source's catalogue. */
export type CapturedTable = {
  /** Differs for a table that was dropped and created again under its name. */
  readonly oid: number;
  /** `default`, `full`, `nothing`, or `index` with its columns. */
  readonly identity: string;
  /** Columns of the primary key; empty without one. */
  readonly key: string;
  /** By name, the oid and the file number (0 without a file) of each partition or inheritance child. */
  readonly partitions: Readonly<Record<string, readonly [oid: number, file: number]>>;
};

/**
 * Data of a table that the target lacks. `unread`: rows that it had when it was added to a connector. `interrupted`: changes
 * that were made while it was not captured.
 */
export type Gap = 'unread' | 'interrupted';

/** A table as stored in the configuration. */
export type NotedTable = CapturedTable & {
  readonly gap?: Gap;
  /** It was captured once, and is not any more. */
  readonly left?: true;
};

/** By table name: `public.users`. */
export type NotedTables = Readonly<Record<string, NotedTable>>;

/** The connector setting that holds them. Debezium ignores unknown settings. */
export const capturedSetting = 'sluice.captured';

const columnsOf = (index: string) => `(
  select string_agg(quote_ident(a.attname), ', ' order by k.place) from unnest(${index}.indkey::int2[]) with ordinality as k(attnum, place)
  join pg_attribute a on a.attrelid = ${index}.indrelid and a.attnum = k.attnum where k.place <= ${index}.indnkeyatts)`;

const query = `
  select n.nspname || '.' || c.relname as name, c.oid::bigint::float8 as oid,
    case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'n' then 'nothing'
      else coalesce((select 'index ' || ${columnsOf('i')} from pg_index i where i.indrelid = c.oid and i.indisreplident), 'nothing')
    end as identity,
    coalesce((select ${columnsOf('i')} from pg_index i where i.indrelid = c.oid and i.indisprimary), '') as key,
    coalesce((
      select jsonb_object_agg(pn.nspname || '.' || p.relname, jsonb_build_array(p.oid::bigint, p.relfilenode::bigint))
      from (
        select relid as oid from pg_partition_tree(c.oid) where c.relkind = 'p' and relid <> c.oid
        union select inhrelid from pg_inherits where inhparent = c.oid and c.relkind = 'r'
      ) member join pg_class p on p.oid = member.oid join pg_namespace pn on pn.oid = p.relnamespace
    ), '{}') as partitions
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname || '.' || c.relname = any ($1)
  order by 1`;

/** The tables in the source's present catalogue, without names that do not exist. */
export async function readCaptured(
  client: pg.Client,
  names: readonly string[],
): Promise<Readonly<Record<string, CapturedTable>>> {
  const { rows } = await client.query<CapturedTable & { name: string }>(query, [names]);
  return Object.fromEntries(rows.map(({ name, ...table }) => [name, table]));
}

/** The tables stored in a configuration; empty if an older version or another program created the connector. */
export function notedTables(config: Readonly<Record<string, string>> | undefined): NotedTables {
  return JSON.parse(config?.[capturedSetting] ?? '{}');
}

/** Conditions for {@link noteTables}. */
export type Noting = {
  /** Whether changes of a stored table are not captured at present. */
  readonly isInterrupted: (name: string) => boolean;
  /** Whether the rows of tables that are added later are wanted. */
  readonly wantsRows: boolean;
  /** Whether the partitions of a table have changed in a way that no event reports. What is stored of them stays. */
  readonly keepsPartitions: (name: string) => boolean;
  /** Partitions of which it does not stay, because the replica was corrected. */
  readonly corrected: readonly string[];
};

/**
 * The tables to store when a connector is created or changed. Its snapshot has read only its first tables: the rows of
 * tables added later are unread. A name that was captured before has missed changes.
 */
export function noteTables(
  config: Readonly<Record<string, string>> | undefined,
  now: Readonly<Record<string, CapturedTable>>,
  { isInterrupted, wantsRows, keepsPartitions, corrected }: Noting,
): NotedTables {
  const before = notedTables(config);
  // Older versions stored definitions instead of tables.
  const known = new Set([...Object.keys(before), ...Object.keys(notedDefinitions(config))]);
  const gapOf = (name: string, { oid }: CapturedTable): Gap | undefined => {
    const was = before[name];
    if (config === undefined || known.size === 0) return undefined;
    if (!known.has(name)) return wantsRows ? 'unread' : undefined;
    if (was?.left || (was !== undefined && was.oid !== oid) || isInterrupted(name)) return 'interrupted';
    return was?.gap;
  };
  const noted = Object.entries(now).map(([name, table]): [string, NotedTable] => {
    const gap = gapOf(name, table);
    const was = before[name];
    const partitions =
      was !== undefined && keepsPartitions(name) ? correctedPartitions(was, table, corrected) : table.partitions;
    return [name, { ...table, partitions, ...(gap === undefined ? {} : { gap }) }];
  });
  const left = Object.entries(before)
    .filter(([name]) => now[name] === undefined)
    .map(([name, { gap: _, ...table }]): [string, NotedTable] => [name, { ...table, left: true }]);
  return Object.fromEntries([...noted, ...left]);
}

function correctedPartitions(was: CapturedTable, now: CapturedTable, corrected: readonly string[]) {
  const pick = ({ partitions }: CapturedTable, isWanted: (partition: string) => boolean) =>
    Object.entries(partitions).filter(([partition]) => isWanted(partition));
  return Object.fromEntries([
    ...pick(was, (partition) => !corrected.includes(partition)),
    ...pick(now, (partition) => corrected.includes(partition)),
  ]);
}

/** Marks these tables as having missed changes. */
export const interrupt = (noted: NotedTables, names: readonly string[]): NotedTables =>
  Object.fromEntries(
    Object.entries(noted).map(([name, table]) => [
      name,
      names.includes(name) ? { ...table, gap: 'interrupted' } : table,
    ]),
  );

/** Tables that have missed changes in `now`, but not in `before`. */
export const newlyInterrupted = (before: NotedTables, now: NotedTables): readonly string[] =>
  Object.keys(now).filter((name) => now[name]?.gap === 'interrupted' && before[name]?.gap !== 'interrupted');
