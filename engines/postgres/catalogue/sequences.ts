/** Reads the sequences of a database. */
import type pg from 'pg';
import type { Counter } from '../../types/table.ts';
import { quotedTable } from '../identifiers.ts';

/** `isUnused`: no value was ever taken, or the sequence was restarted. Then only the sequence itself shows its next value. */
type SequenceRow = { readonly counter: Counter; readonly isUnused: boolean };

/** All sequences of the named schemas, by schema and name; null means all schemas but the system's. */
export async function describeSequences(
  client: pg.Client,
  schemas: readonly string[] | null = null,
): Promise<readonly Counter[]> {
  const { rows } = await client.query<SequenceRow>(
    `select json_build_object('name', json_build_array(n.nspname, c.relname), 'start', s.seqstart::text,
       'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cycle', s.seqcycle,
       'next', case when has_sequence_privilege(c.oid, 'select, usage') then
         coalesce(pg_sequence_last_value(c.oid)::numeric + s.seqincrement, s.seqstart)::text end) as counter,
       has_sequence_privilege(c.oid, 'select') and pg_sequence_last_value(c.oid) is null as "isUnused"
     from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema', 'sluice')
       and ($1::text[] is null or n.nspname = any ($1))
       and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
     order by n.nspname, c.relname`,
    [schemas],
  );
  const restarted = await readStates(client, rows);
  return rows.map(({ counter }) => ({ ...counter, next: restarted.get(counter) ?? counter.next }));
}

/** The next values of unused sequences. */
async function readStates(client: pg.Client, rows: readonly SequenceRow[]): Promise<ReadonlyMap<Counter, string>> {
  const unused = rows.flatMap(({ counter, isUnused }) => (isUnused && counter.name ? [counter] : []));
  if (unused.length === 0) return new Map();
  const states = unused.map(({ name, increment }, at) => {
    const [schema, sequence] = name ?? ['', ''];
    return `select ${at} as at, (last_value + case when is_called then ${increment} else 0 end)::text as next
      from ${quotedTable({ schema, name: sequence })}`;
  });
  const found = await client.query<{ at: number; next: string }>(states.join(' union all '));
  return new Map(
    found.rows.flatMap(({ at, next }) => {
      const counter = unused[at];
      return counter === undefined ? [] : [[counter, next] as const];
    }),
  );
}
