/**
 * Disables foreign keys and triggers of replicated tables, where sessions may not set `session_replication_role`: drops the
 * foreign keys and disables the triggers. `sluice.constraint` records them in the same transaction.
 */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { DisabledConstraints } from '../../../bookkeeping.ts';
import { inTransaction } from '../../connection/connection.ts';
import { quoted } from '../../identifiers.ts';
import { constraintLock, enforced, replicated } from './constraint-sql.ts';
import { insufficientPrivilege } from './replica-session.ts';

/** Foreign keys from and to the tables, and their triggers. PostgreSQL drops and adds the copies in partitions with them. */
const foundQuery = `
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

/** Records for this pipeline what another pipeline has already disabled. */
const shareQuery = `
  with ${replicated}
  insert into sluice.constraint (pipeline, table_name, name, kind, references_table, definition, remark)
  select distinct on (table_name, name, kind) $2, table_name, name, kind, references_table, definition, remark
  from sluice.constraint
  where pipeline <> $2 and (to_regclass(table_name)::oid in (select oid from replicated)
                            or to_regclass(references_table)::oid in (select oid from replicated))
  on conflict do nothing`;

/** A foreign key that was restored, but not validated before a crash, keeps its former definition. */
const recordQuery = `
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
 * Disables all foreign keys from or to the tables, given as qualified names, and their triggers, except those that fire in a
 * replica. Returns what it disabled, as `table.name`: all or nothing, and nothing when it is called again. Throws a
 * `PipelineError` if the user does not own all of the tables.
 */
export function disableConstraints(
  client: pg.Client,
  pipeline: string,
  tables: readonly string[],
): Promise<readonly string[]> {
  return inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(${constraintLock}); set local search_path = ''`);
    await client.query(shareQuery, [tables, pipeline]);
    const { rows } = await client.query<Found>(foundQuery, [tables]);
    for (const { table_name, name, kind, references_table, definition, remark } of rows) {
      await client.query(recordQuery, [pipeline, table_name, name, kind, references_table, definition, remark]);
      const off = kind === 'trigger' ? 'disable trigger' : 'drop constraint';
      await client.query(`alter table ${table_name} ${off} ${quoted(name)}`).catch((error: unknown) => {
        throw withAdvice(error, table_name);
      });
    }
    return rows.map(({ table_name, name }) => `${table_name}.${quoted(name)}`);
  });
}

function withAdvice(cause: unknown, table: string): unknown {
  if (!(cause instanceof Error && 'code' in cause && cause.code === insufficientPrivilege)) return cause;
  return new PipelineError(
    'constraints_in_the_way',
    `foreign keys and triggers of ${table} cannot be disabled: the user is not its owner and may not set session_replication_role`,
    {
      advice: `Let a superuser run GRANT SET ON PARAMETER session_replication_role TO the user, or replicate as the owner of the tables.`,
      cause,
    },
  );
}

const countQuery = `
  select count(*) filter (where kind = 'foreign key')::integer as "foreignKeys",
    count(*) filter (where kind = 'trigger')::integer as triggers
  from sluice.constraint where pipeline = $1`;

/** Counts them. Zero where the schema does not exist yet. */
export async function countDisabledConstraints(client: pg.Client, pipeline: string): Promise<DisabledConstraints> {
  const none = { foreignKeys: 0, triggers: 0 };
  const { rows: found } = await client.query(`select to_regclass('sluice.constraint') is not null as there`);
  if (!found[0]?.there) return none;
  const { rows } = await client.query<DisabledConstraints>(countQuery, [pipeline]);
  return rows[0] ?? none;
}
