/**
 * How captured tables were defined when their connector was made. A snapshot reads each table as it is by then: one that
 * was defined anew meanwhile comes with other columns, or empty where it was rewritten, and nothing fails. So `create`
 * notes the definitions in the connector's configuration, and later looks compare.
 */
import type pg from 'pg';

/** A hash of its columns, by the name of the table: `public.users`. */
export type Definitions = Readonly<Record<string, string>>;

/** Where a connector's configuration has them. Debezium passes over settings that it does not know. */
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

/** The definitions as the source has them now. A table that is not there is not among them. */
export async function readDefinitions(client: pg.Client, names: readonly string[]): Promise<Definitions> {
  const { rows } = await client.query<{ name: string; hash: string }>(query, [names]);
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
}

/** What a configuration has noted; empty when a connector was made by other means. */
export function notedDefinitions(config: Readonly<Record<string, string>> | undefined): Definitions {
  return JSON.parse(config?.[definitionsSetting] ?? '{}');
}

/** The noted tables whose definition is another one now, or that are gone. */
export const redefined = (noted: Definitions, now: Definitions): string[] =>
  Object.keys(noted).filter((name) => noted[name] !== now[name]);

/**
 * Whether the first snapshot still reads rows, by what Kafka Connect remembers of the connector; before that is anything, it
 * does. An incremental one, of single tables, is remembered as never completed.
 */
export const snapshotRuns = (offsets: readonly Readonly<Record<string, unknown>>[]): boolean =>
  offsets.length === 0 ||
  offsets.some(
    ({ snapshot, snapshot_completed: isCompleted }) =>
      snapshot !== undefined && snapshot !== 'INCREMENTAL' && isCompleted !== true,
  );

/** What to say of tables that were defined anew; undefined when there are none. */
export function redefinitionWarning(tables: readonly string[], running: boolean): string | undefined {
  if (tables.length === 0) return undefined;
  const which = `the definition of ${tables.join(', ')} has changed since the connector was made`;
  return running
    ? `${which}, and the snapshot still runs: what it has read of them may lack rows or columns. Take it again: ` +
        '`npx sluice connector delete --drop-slot`, then `create`.'
    : `${which}. If that was before the snapshot's end, take the snapshot again: ` +
        '`npx sluice connector delete --drop-slot`, then `create`; if not, `create` alone notes the new definition.';
}
