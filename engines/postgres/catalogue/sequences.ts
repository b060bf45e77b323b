/** Reads the sequences of a database. */
import type pg from 'pg';
import type { Counter } from '../../types/table.ts';

/** All sequences of the named schemas, by schema and name; null means all schemas but the system's. */
export async function describeSequences(
  client: pg.Client,
  schemas: readonly string[] | null = null,
): Promise<readonly Counter[]> {
  const { rows } = await client.query<{ counter: Counter }>(
    `select json_build_object('name', json_build_array(n.nspname, c.relname), 'start', s.seqstart::text,
       'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cycle', s.seqcycle,
       'next', case when has_sequence_privilege(c.oid, 'select, usage') then
         coalesce(pg_sequence_last_value(c.oid)::numeric + s.seqincrement, s.seqstart)::text end) as counter
     from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema', 'sluice')
       and ($1::text[] is null or n.nspname = any ($1))
       and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
     order by n.nspname, c.relname`,
    [schemas],
  );
  return rows.map(({ counter }) => counter);
}
