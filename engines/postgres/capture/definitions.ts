/**
 * Definitions of the captured tables at the time when their connector was created. A snapshot reads each table with its
 * definition of that moment. If the definition changed before, rows have other columns, or a rewritten table is empty, and
 * nothing fails. `create` therefore stores the definitions in the connector's configuration, for comparison.
 */
import type pg from 'pg';

/** By table name (`public.users`), a hash of its columns. */
export type Definitions = Readonly<Record<string, string>>;

/** The connector setting that holds them. Debezium ignores unknown settings. */
export const definitionsSetting = 'sluice.definitions';

const query = `
  select n.nspname || '.' || c.relname as name,
    left(md5(string_agg(format('%s %I %s %s', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull), ','
      order by a.attnum)), 12) as hash
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  where a.attnum > 0 and not a.attisdropped and n.nspname || '.' || c.relname = any ($1)
  group by n.nspname, c.relname
  order by 1`;

/** The present definitions at the source, without tables that do not exist. */
export async function readDefinitions(client: pg.Client, names: readonly string[]): Promise<Definitions> {
  const { rows } = await client.query<{ name: string; hash: string }>(query, [names]);
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
}

/** The definitions stored in a configuration; empty for a connector that Sluice did not create. */
export function notedDefinitions(config: Readonly<Record<string, string>> | undefined): Definitions {
  return JSON.parse(config?.[definitionsSetting] ?? '{}');
}

/** Names of stored tables whose definition has changed, or that are gone. */
export const redefined = (noted: Definitions, now: Definitions): string[] =>
  Object.keys(noted).filter((name) => noted[name] !== now[name]);

/**
 * Whether the first snapshot still reads rows, by the connector's offsets in Kafka Connect. Without offsets it has not
 * ended. An incremental snapshot counts as ended, because its offsets never say that it is completed.
 */
export const snapshotRuns = (offsets: readonly Readonly<Record<string, unknown>>[]): boolean =>
  offsets.length === 0 ||
  offsets.some(
    ({ snapshot, snapshot_completed: isCompleted }) =>
      snapshot !== undefined && snapshot !== 'INCREMENTAL' && isCompleted !== true,
  );

/** The warning about tables with changed definitions; undefined when there are none. */
export function redefinitionWarning(tables: readonly string[], running: boolean): string | undefined {
  if (tables.length === 0) return undefined;
  const which = `the definition of ${tables.join(', ')} has changed since the connector was made`;
  return running
    ? `${which}, and the snapshot still runs: it may lack rows or columns of them. Take the snapshot again: ` +
        '`npx sluice connector delete --drop-slot`, then `create`.'
    : `${which}. If that was before the snapshot's end, take the snapshot again: ` +
        '`npx sluice connector delete --drop-slot`, then `create`; if not, `create` alone notes the new definition.';
}
