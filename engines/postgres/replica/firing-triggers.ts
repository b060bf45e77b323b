/**
 * Triggers that fire in sessions of a replica, too: `ENABLE ALWAYS` and `ENABLE REPLICA`. What they do has been done at the
 * source already, and rows may come out other than they came in.
 */
import type pg from 'pg';
import type { Logger } from '../../../pipeline/ports.ts';

const query = `
  select t.tgrelid::regclass::text as "table", t.tgname as name,
    format('ALTER TABLE %s ENABLE TRIGGER %I;', t.tgrelid::regclass, t.tgname) as statement
  from (select $1::regclass::oid as relid union select relid from pg_partition_tree($1::regclass)) tree
  join pg_trigger t on t.tgrelid = tree.relid
  where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled in ('A', 'R') order by 1, 2`;

/** Warns of those of a table, named as SQL takes it, and of its partitions, with the statement that makes them ordinary. */
export async function warnOfFiringTriggers(client: pg.Client, qualified: string, logger: Logger): Promise<void> {
  const { rows } = await client.query<{ table: string; name: string; statement: string }>(query, [qualified]);
  for (const { table, name, statement } of rows)
    logger.warn(
      { table, trigger: name },
      `trigger ${name} of ${table} fires for replicated rows, too, and may change them. At the target: ${statement}`,
    );
}
