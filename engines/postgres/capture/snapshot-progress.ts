/** Progress of the first snapshot. Kafka Connect reports only that it runs; a session of the source shows the table. */
import type pg from 'pg';
import { quotedTable } from '../identifiers.ts';
import { tableOf } from './connector-config.ts';

/** Debezium reads a table with one statement, `SELECT "id", … FROM "public"."users"`, which pg_stat_activity shows. */
const reading = `
  select n.name, greatest(c.reltuples, 0)::bigint::float8 as rows, extract(epoch from clock_timestamp() - a.query_start)::integer as seconds
  from pg_stat_activity a
  join unnest($1::text[]) as n(name) on true
  join pg_class c on c.oid = to_regclass(n.name)
  where a.application_name like 'Debezium%' and a.datname = current_database() and a.query ilike 'select %'
    and a.query like '%' || format('"%s"."%s"', (select nspname from pg_namespace where oid = c.relnamespace), c.relname) || '%'
  order by a.query_start desc limit 1`;

/** Returns `snapshot: reading public.orders, table 3 of 12, about 120000 rows, for 40 s`. Debezium reads in list order. */
export async function describeSnapshot(client: pg.Client, captured: readonly string[]): Promise<string> {
  const names = captured.map(tableOf).map(({ schema, table }) => quotedTable({ schema, name: table }));
  const { rows } = await client.query<{ name: string; rows: number; seconds: number }>(reading, [names]);
  const [found] = rows;
  if (found === undefined) return `snapshot: reading, ${captured.length} tables`;
  const index = names.indexOf(found.name);
  const size = found.rows > 0 ? `, about ${found.rows} rows` : '';
  return `snapshot: reading ${captured[index]}, table ${index + 1} of ${captured.length}${size}, for ${found.seconds} s`;
}
