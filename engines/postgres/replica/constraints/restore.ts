/** Restores the disabled foreign keys and triggers of a replica, once it has caught up. */
import type pg from 'pg';
import { inTransaction } from '../../connection/connection.ts';
import { quoted } from '../../identifiers.ts';
import { checkForeignKey, type Violation } from './check.ts';
import { constraintLock } from './constraint-sql.ts';

/** A row of `sluice.constraint`, and what the catalogue has of it. */
type Disabled = {
  readonly table_name: string;
  readonly name: string;
  readonly kind: 'foreign key' | 'trigger';
  readonly definition: string;
  readonly remark: string | null;
  /** Whether another pipeline still needs it disabled. */
  readonly shared: boolean;
  /** Whether the table still has the disabled trigger, or a foreign key of that name. */
  readonly isThere: boolean;
  /** Whether the table is gone. */
  readonly isTableGone: boolean;
  /** Whether it cannot be added NOT VALID: on a partitioned table, up to PostgreSQL 17. */
  readonly isValidatedAtOnce: boolean;
};

const disabledQuery = `
  select k.table_name, k.name, k.kind, k.definition, k.remark, c.oid is null as "isTableGone",
    c.relkind = 'p' and current_setting('server_version_num')::integer < 180000 as "isValidatedAtOnce",
    exists (select from sluice.constraint other
            where other.pipeline <> k.pipeline
              and (other.table_name, other.name, other.kind) = (k.table_name, k.name, k.kind)) as shared,
    case k.kind when 'trigger' then exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = k.name and t.tgenabled = 'D')
                else exists (select from pg_constraint o where o.conrelid = c.oid and o.conname = k.name) end as "isThere"
  from sluice.constraint k left join pg_class c on c.oid = to_regclass(k.table_name)::oid
  where k.pipeline = $1
  order by k.kind desc, k.table_name, k.name`;

const deleteQuery = 'delete from sluice.constraint where (pipeline, table_name, name, kind) = ($1, $2, $3, $4)';

const notValid = ' NOT VALID';

/** SQLSTATE foreign_key_violation. */
const foreignKeyViolation = '23503';

/**
 * Restores and validates all foreign keys and triggers that the pipeline has disabled, except those that another pipeline
 * still needs disabled. A foreign key that rows violate stays disabled and is returned. The pipeline must not run. A call that
 * was interrupted is continued by the next one: the transaction that restores a constraint deletes its row.
 *
 * Validation reads the whole table. It lets others read and write, except on partitioned tables up to PostgreSQL 17, where it
 * blocks writers. The limits of the session apply.
 */
export async function restoreConstraints(client: pg.Client, pipeline: string): Promise<readonly Violation[]> {
  await client.query(`select pg_advisory_lock(${constraintLock})`);
  try {
    const violations: Violation[] = [];
    const { rows } = await client.query<Disabled>(disabledQuery, [pipeline]);
    for (const entry of rows) {
      const done = () => client.query(deleteQuery, [pipeline, entry.table_name, entry.name, entry.kind]);
      if (entry.shared || entry.isTableGone) await done();
      else if (entry.kind === 'trigger') await enableTrigger(client, entry, done);
      else violations.push(...(await restoreForeignKey(client, entry, done)));
    }
    return violations;
  } finally {
    // An error is ignored: the end of the session also unlocks, and the first error matters.
    await client.query(`select pg_advisory_unlock(${constraintLock})`).catch(() => undefined);
  }
}

const enableTrigger = (
  client: pg.Client,
  { table_name, name, isThere }: Disabled,
  done: () => Promise<unknown>,
): Promise<void> =>
  inTransaction(client, async () => {
    // A trigger that somebody has dropped or enabled meanwhile stays as it is.
    if (isThere) await client.query(`alter table ${table_name} enable trigger ${quoted(name)}`);
    await done();
  });

/** In two transactions: the lock of ADD CONSTRAINT must not be held while VALIDATE reads all rows. */
async function restoreForeignKey(
  client: pg.Client,
  entry: Disabled,
  done: () => Promise<unknown>,
): Promise<readonly Violation[]> {
  const { table_name, name, definition, remark, isThere, isValidatedAtOnce } = entry;
  const table = `alter table ${table_name}`;
  const isNeverValidated = definition.endsWith(notValid);
  try {
    if (!isThere) {
      const add = isNeverValidated || isValidatedAtOnce ? definition : definition + notValid;
      await inTransaction(client, async () => {
        await client.query(`${table} add constraint ${quoted(name)} ${add}`);
      });
    }
    await inTransaction(client, async () => {
      if (!isNeverValidated) await client.query(`${table} validate constraint ${quoted(name)}`);
      if (remark !== null) await client.query(commentOn(entry, remark));
      await done();
    });
    return [];
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === foreignKeyViolation)) throw error;
    const found = await dropViolated(client, entry);
    return found.length > 0 ? found : [{ table: table_name, constraint: name, count: 1, examples: missingKey(error) }];
  }
}

/** The key that the server names where it could not even add the foreign key: on a partitioned table, up to PostgreSQL 17. */
function missingKey(error: object): readonly string[] {
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '';
  return [/=(\(.*\)) is not present/s.exec(detail)?.[1] ?? detail];
}

const commentOn = ({ table_name, name }: Disabled, remark: string): string =>
  `comment on constraint ${quoted(name)} on ${table_name} is '${remark.replaceAll("'", "''")}'`;

/** A foreign key left in place would refuse later changes of the pipeline. */
async function dropViolated(client: pg.Client, { table_name, name }: Disabled): Promise<readonly Violation[]> {
  const found = await checkForeignKey(client, table_name, name);
  await client.query(`alter table ${table_name} drop constraint if exists ${quoted(name)}`);
  return found;
}
