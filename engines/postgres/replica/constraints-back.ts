/** Puts back what was taken off the tables of a replica, once it has caught up. */
import type pg from 'pg';
import { inTransaction } from '../connection/connection.ts';
import { quoted } from '../identifiers.ts';
import { constraintLock } from './constraints.ts';
import { checkForeignKey, type Violation } from './constraints-check.ts';

type Kept = {
  readonly table_name: string;
  readonly name: string;
  readonly kind: 'foreign key' | 'trigger';
  readonly definition: string;
  readonly remark: string | null;
  /** Whether another pipeline needs it off. */
  readonly shared: boolean;
  readonly there: boolean;
  readonly gone: boolean;
  /** Whether it can only be added and validated in one: on a partitioned table, up to PostgreSQL 17. */
  readonly atOnce: boolean;
};

/** Each by what is left of it: the table, and the disabled trigger or the foreign key of that name. */
const kept = `
  select k.table_name, k.name, k.kind, k.definition, k.remark, c.oid is null as gone,
    c.relkind = 'p' and current_setting('server_version_num')::integer < 180000 as "atOnce",
    exists (select from sluice.constraint other
            where other.pipeline <> k.pipeline
              and (other.table_name, other.name, other.kind) = (k.table_name, k.name, k.kind)) as shared,
    case k.kind when 'trigger' then exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = k.name and t.tgenabled = 'D')
                else exists (select from pg_constraint o where o.conrelid = c.oid and o.conname = k.name) end as there
  from sluice.constraint k left join pg_class c on c.oid = to_regclass(k.table_name)::oid
  where k.pipeline = $1
  order by k.kind desc, k.table_name, k.name`;

const forget = 'delete from sluice.constraint where (pipeline, table_name, name, kind) = ($1, $2, $3, $4)';

const notValid = ' NOT VALID';

/** SQLSTATE foreign_key_violation. */
const broken = '23503';

/**
 * Puts back all foreign keys and triggers that the pipeline has taken off, each validated; not those that another pipeline
 * still needs off. A foreign key that rows break stays off, and is answered; the rest is done. The pipeline has to be at
 * rest. What ends in the middle is taken up by the next call: an entry goes in the transaction that has done its work.
 *
 * Validating reads the whole table, under a lock that lets others read and write; only that of a partitioned table keeps
 * writers out, up to PostgreSQL 17. Statements end by the limits of the session.
 */
export async function putBack(client: pg.Client, pipeline: string): Promise<readonly Violation[]> {
  await client.query(`select pg_advisory_lock(${constraintLock})`);
  try {
    const violations: Violation[] = [];
    const { rows } = await client.query<Kept>(kept, [pipeline]);
    for (const entry of rows) {
      const done = () => client.query(forget, [pipeline, entry.table_name, entry.name, entry.kind]);
      if (entry.shared || entry.gone) await done();
      else if (entry.kind === 'trigger') await enable(client, entry, done);
      else violations.push(...(await restore(client, entry, done)));
    }
    return violations;
  } finally {
    // The end of the session unlocks as well, and the first error is the one to tell.
    await client.query(`select pg_advisory_unlock(${constraintLock})`).catch(() => undefined);
  }
}

const enable = (client: pg.Client, { table_name, name, there }: Kept, done: () => Promise<unknown>): Promise<void> =>
  inTransaction(client, async () => {
    // One that somebody has dropped or enabled meanwhile stays as it is.
    if (there) await client.query(`alter table ${table_name} enable trigger ${quoted(name)}`);
    await done();
  });

/** In two transactions, because the lock that adding takes is not to be held while all rows are read. */
async function restore(client: pg.Client, entry: Kept, done: () => Promise<unknown>): Promise<readonly Violation[]> {
  const { table_name, name, definition, remark, there, atOnce } = entry;
  const table = `alter table ${table_name}`;
  const stays = definition.endsWith(notValid);
  try {
    if (!there) {
      const add = stays || atOnce ? definition : definition + notValid;
      await inTransaction(client, async () => {
        await client.query(`${table} add constraint ${quoted(name)} ${add}`);
      });
    }
    await inTransaction(client, async () => {
      if (!stays) await client.query(`${table} validate constraint ${quoted(name)}`);
      if (remark !== null) await client.query(remarkOf(entry, remark));
      await done();
    });
    return [];
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === broken)) throw error;
    const found = await takeOffAgain(client, entry);
    return found.length > 0 ? found : [{ table: table_name, constraint: name, count: 1, examples: keyOf(error) }];
  }
}

/** The key that the server names, where the foreign key was never added: a partitioned table's, up to PostgreSQL 17. */
function keyOf(error: object): readonly string[] {
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '';
  return [/=(\(.*\)) is not present/s.exec(detail)?.[1] ?? detail];
}

const remarkOf = ({ table_name, name }: Kept, remark: string): string =>
  `comment on constraint ${quoted(name)} on ${table_name} is '${remark.replaceAll("'", "''")}'`;

/** Left there it would refuse what the pipeline still has to write. */
async function takeOffAgain(client: pg.Client, { table_name, name }: Kept): Promise<readonly Violation[]> {
  const found = await checkForeignKey(client, table_name, name);
  await client.query(`alter table ${table_name} drop constraint if exists ${quoted(name)}`);
  return found;
}
