/**
 * Takes foreign keys and triggers off the tables of a replica, where its sessions cannot leave them aside. What was taken
 * off is kept in `sluice.constraint`, in the same transaction.
 */
import type pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import { inTransaction } from '../connection/connection.ts';
import { quoted } from '../identifiers.ts';
import { constraintLock, enforced, notAllowed, replicated } from './constraints.ts';

/** Those on either end of the tables. Copies of a foreign key or trigger in partitions go and come with it. */
const found = `
  with ${replicated}
  select o.conrelid::regclass::text as table_name, o.conname as name, 'foreign key' as kind,
    o.confrelid::regclass::text as references_table, pg_get_constraintdef(o.oid) as definition,
    obj_description(o.oid, 'pg_constraint') as remark
  from pg_constraint o
  where o.contype = 'f' and o.conparentid = 0 and ${enforced}
    and (o.conrelid in (select oid from replicated) or o.confrelid in (select oid from replicated))
  union all
  select t.tgrelid::regclass::text, t.tgname, 'trigger', null, pg_get_triggerdef(t.oid), null
  from pg_trigger t
  where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled = 'O' and t.tgrelid in (select oid from replicated)
  order by 1, 2`;

/** What another pipeline has taken off already is off for this one, too. */
const share = `
  with ${replicated}
  insert into sluice.constraint (pipeline, table_name, name, kind, references_table, definition, remark)
  select distinct on (table_name, name, kind) $2, table_name, name, kind, references_table, definition, remark
  from sluice.constraint
  where pipeline <> $2 and (to_regclass(table_name)::oid in (select oid from replicated)
                            or to_regclass(references_table)::oid in (select oid from replicated))
  on conflict do nothing`;

/** A foreign key that was put back, but not validated before a crash, stays the one that it was. */
const keep = `
  insert into sluice.constraint as kept (pipeline, table_name, name, kind, references_table, definition, remark)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (pipeline, table_name, name, kind) do update
  set references_table = excluded.references_table, remark = coalesce(excluded.remark, kept.remark),
      definition = case when excluded.definition = kept.definition || ' NOT VALID'
                        then kept.definition else excluded.definition end`;

type Found = {
  readonly table_name: string;
  readonly name: string;
  readonly kind: 'foreign key' | 'trigger';
  readonly references_table: string | null;
  readonly definition: string;
  readonly remark: string | null;
};

/**
 * Takes off all foreign keys from or to the tables, qualified names as SQL takes them, and disables their triggers, but
 * for those that are to fire in a replica. Answers what was taken off now, as `table.name`. All or nothing; again and
 * again, it does only what is new. Throws a `PipelineError` where the user owns not all of the tables.
 */
export function takeOff(client: pg.Client, pipeline: string, tables: readonly string[]): Promise<readonly string[]> {
  return inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(${constraintLock}); set local search_path = ''`);
    await client.query(share, [tables, pipeline]);
    const { rows } = await client.query<Found>(found, [tables]);
    for (const { table_name, name, kind, references_table, definition, remark } of rows) {
      await client.query(keep, [pipeline, table_name, name, kind, references_table, definition, remark]);
      const off = kind === 'trigger' ? 'disable trigger' : 'drop constraint';
      await client.query(`alter table ${table_name} ${off} ${quoted(name)}`).catch((error: unknown) => {
        throw mayNot(error, table_name);
      });
    }
    return rows.map(({ table_name, name }) => `${table_name}.${quoted(name)}`);
  });
}

function mayNot(cause: unknown, table: string): unknown {
  if (!(cause instanceof Error && 'code' in cause && cause.code === notAllowed)) return cause;
  return new PipelineError(
    'constraints_in_the_way',
    `foreign keys and triggers of ${table} cannot be left aside: the user is not its owner and may not set session_replication_role`,
    {
      advice: `Let a superuser run GRANT SET ON PARAMETER session_replication_role TO the user, or replicate as the owner of the tables.`,
      cause,
    },
  );
}
