/**
 * Checks what the sessions of a replica do not check as they write, once the replica has caught up: foreign keys, and
 * deferrable UNIQUE, PRIMARY KEY and EXCLUDE constraints (rule 21).
 */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { queryCatalogue } from '../../catalogue/query-catalogue.ts';
import { inTransaction } from '../../connection/connection.ts';
import { enforced, only, operator, replicated } from './constraint-sql.ts';
import { type ForeignKey, foreignKeyViolations, type Unique, uniqueViolations } from './violations-sql.ts';

/** A constraint that rows violate. */
export type Violation = {
  readonly table: string;
  readonly constraint: string;
  /**
   * Rows that refer to a missing row, or that repeat a key, not counting the first row with it. 1 where `restoreConstraints`
   * could not count them.
   */
  readonly count: number;
  /** Up to three of their keys, each as the text of a row value. */
  readonly examples: readonly string[];
};

/** Leaves out foreign keys that were never validated: rows of the source may also violate them. */
const foreignKeysQuery = `
  with ${replicated}
  select o.conrelid::regclass::text as "table", o.conname as name, ${only('o.conrelid')} as rows,
    ${only('o.confrelid')} as "references", o.confmatchtype = 'f' as full,
    coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false) as period,
    (select json_agg(json_build_object('from', quote_ident(a.attname), 'to', quote_ident(b.attname),
                                       'equals', ${operator('k.op')}) order by k.place)
     from unnest(o.conkey, o.confkey, o.conpfeqop) with ordinality as k(a, b, op, place)
     join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.a
     join pg_attribute b on b.attrelid = o.confrelid and b.attnum = k.b) as columns
  from pg_constraint o
  where o.contype = 'f' and o.conparentid = 0 and o.convalidated and ${enforced}
    and (o.conrelid in (select oid from replicated) or o.confrelid in (select oid from replicated))
    and ($2::text is null or (o.conrelid = any ($1::regclass[]) and o.conname = $2))
  order by 1, 2`;

const uniquesQuery = `
  with ${replicated}
  select o.conrelid::regclass::text as "table", o.conname as name, ${only('o.conrelid')} as rows,
    i.indnullsnotdistinct as "nullsEqual", pg_get_expr(i.indpred, i.indrelid) as predicate,
    (select json_agg(json_build_object('value', pg_get_indexdef(i.indexrelid, place, true),
                                       'excludes', ${operator('o.conexclop[place]')}) order by place)
     from generate_series(1, i.indnkeyatts) as place) as columns
  from pg_constraint o join pg_index i on i.indexrelid = o.conindid
  where o.contype in ('p', 'u', 'x') and o.condeferrable and o.conparentid = 0
    and o.conrelid in (select oid from replicated)
  order by 1, 2`;

/** Limits of the checks. */
export type CheckOptions = {
  /** Milliseconds that one constraint may take; the session's own limit without. */
  readonly timeoutMs?: number;
  /** Called for every constraint that was checked. */
  readonly onChecked?: () => void;
};

/**
 * Returns every constraint of the tables, given as qualified names, that rows violate. Disabled foreign keys are not in the
 * catalogue: `restoreConstraints` checks them. Throws a `PipelineError` if a check takes too long.
 */
export async function checkConstraints(
  client: pg.Client,
  tables: readonly string[],
  options: CheckOptions = {},
): Promise<readonly Violation[]> {
  const references = await queryCatalogue<ForeignKey>(client, foreignKeysQuery, [tables, null]);
  const keys = await queryCatalogue<Unique>(client, uniquesQuery, [tables]);
  const found: Violation[] = [];
  for (const key of references) found.push(...(await check(client, key, foreignKeyViolations(key), options)));
  for (const key of keys) found.push(...(await check(client, key, uniqueViolations(key), options)));
  return found;
}

/** Checks one foreign key, even one that was never validated. */
export async function checkForeignKey(client: pg.Client, table: string, name: string): Promise<readonly Violation[]> {
  const query = foreignKeysQuery.replace('and o.convalidated ', '');
  const [key] = await queryCatalogue<ForeignKey>(client, query, [[table], name]);
  return key ? await check(client, key, foreignKeyViolations(key), {}) : [];
}

/** SQLSTATE query_canceled. */
const queryCanceled = '57014';

async function check(
  client: pg.Client,
  { table, name }: ForeignKey | Unique,
  query: string,
  { timeoutMs, onChecked }: CheckOptions,
): Promise<readonly Violation[]> {
  const tooLong = (cause: unknown): unknown =>
    cause instanceof Error && 'code' in cause && cause.code === queryCanceled
      ? new PipelineError('check_too_long', `the rows of ${table} could not be checked against ${name} in time`, {
          advice: `Check them by hand: ${query}`,
          cause,
        })
      : cause;
  return await inTransaction(client, async () => {
    await client.query(`set transaction read only; set local search_path = ''`);
    if (timeoutMs !== undefined) await client.query(`set local statement_timeout = ${Math.trunc(timeoutMs)}`);
    const { rows } = await client
      .query<{ example: string; count: string }>(
        `select example, sum(n) over () as count from (${query}) broken order by example limit 3`,
      )
      .catch((error: unknown) => {
        throw tooLong(error);
      });
    onChecked?.();
    const examples = rows.map(({ example }) => example);
    return rows[0] ? [{ table, constraint: name, count: Number(rows[0].count), examples }] : [];
  });
}
