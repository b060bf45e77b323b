/**
 * What of captured tables decides whether all their changes arrive: which table bears the name, what tells its rows apart,
 * which partitions it has. `create` notes it in the connector's configuration, and later looks compare.
 */
import type pg from 'pg';
import { notedDefinitions } from './definitions.ts';

/** A captured table as the source has it. */
export type CapturedTable = {
  /** A table that is dropped and made again under its name has another one. */
  readonly oid: number;
  /** `default`, `full`, `nothing`, or `index` with its columns. */
  readonly identity: string;
  /** Columns of the primary key; empty without one. */
  readonly key: string;
  /** Of each partition, or child by inheritance, its oid and the number of its file, 0 where it has none. */
  readonly partitions: Readonly<Record<string, readonly [oid: number, file: number]>>;
};

/**
 * What is missing of a table at the target. `unread`: the rows that it had when it was added to a connector. `interrupted`:
 * changes that were made while it was not captured.
 */
export type Gap = 'unread' | 'interrupted';

/** What the configuration says of a table. */
export type NotedTable = CapturedTable & {
  readonly gap?: Gap;
  /** It was captured once, and is no more. */
  readonly left?: true;
};

/** By the name of the table: `public.users`. */
export type NotedTables = Readonly<Record<string, NotedTable>>;

/** Where a connector's configuration has them. Debezium passes over settings that it does not know. */
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

/** The tables as the source has them now. One that is not there is not among them. */
export async function readCaptured(
  client: pg.Client,
  names: readonly string[],
): Promise<Readonly<Record<string, CapturedTable>>> {
  const { rows } = await client.query<CapturedTable & { name: string }>(query, [names]);
  return Object.fromEntries(rows.map(({ name, ...table }) => [name, table]));
}

/** What a configuration has noted; empty when a connector was made by other means, or by a version that noted nothing. */
export function notedTables(config: Readonly<Record<string, string>> | undefined): NotedTables {
  return JSON.parse(config?.[capturedSetting] ?? '{}');
}

/** How to note. */
export type Noting = {
  /** Whether changes of a table that is noted are not captured at present. */
  readonly isInterrupted: (name: string) => boolean;
  /** Whether rows that a later table has are wanted. */
  readonly wantsRows: boolean;
};

/**
 * What to note when a connector is made or changed. Its snapshot has read the tables of the first time; of those that
 * come later the rows are unread, and one that was captured before, under this name, has missed changes.
 */
export function noteTables(
  config: Readonly<Record<string, string>> | undefined,
  now: Readonly<Record<string, CapturedTable>>,
  { isInterrupted, wantsRows }: Noting,
): NotedTables {
  const before = notedTables(config);
  // A version that noted no tables has noted definitions.
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
    return [name, gap === undefined ? table : { ...table, gap }];
  });
  const left = Object.entries(before)
    .filter(([name]) => now[name] === undefined)
    .map(([name, { gap: _, ...table }]): [string, NotedTable] => [name, { ...table, left: true }]);
  return Object.fromEntries([...noted, ...left]);
}

/** The same, with tables that have missed changes. */
export const interrupt = (noted: NotedTables, names: readonly string[]): NotedTables =>
  Object.fromEntries(
    Object.entries(noted).map(([name, table]) => [
      name,
      names.includes(name) ? { ...table, gap: 'interrupted' } : table,
    ]),
  );

/** Tables that have missed changes now and had not before. */
export const newlyInterrupted = (before: NotedTables, now: NotedTables): readonly string[] =>
  Object.keys(now).filter((name) => now[name]?.gap === 'interrupted' && before[name]?.gap !== 'interrupted');
