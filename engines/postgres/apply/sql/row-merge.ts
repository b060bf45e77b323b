/** The merge into a table whose rows hold their own position: one statement, guarded by the stored row. */
import pg from 'pg';
import type { PositionColumns, TableShape } from '../../../../schemas/table-shape.ts';
import type { MergeStatement } from '../staged-merge.ts';
import { incomingPosition } from './incoming.ts';

/**
 * Builds the statement. Rows are merged in key order, so that two writers cannot deadlock. A join filters superseded rows
 * first, because a refused ON CONFLICT would still lock the row and write WAL (rule 17). The count uses a hashed subplan:
 * without statistics, the planner would choose a nested loop for a join.
 */
export function mergeByRow({ name, columns, key, mergedAt }: TableShape, guard: PositionColumns): MergeStatement {
  const quote = pg.escapeIdentifier;
  const target = quote(name);
  const keys = key.map(quote).join(', ');
  const onKey = key.map((column) => `t.${quote(column)} = w.${quote(column)}`).join(' and ');
  const stored = `(${guard.map((column) => `t.${quote(column)}`).join(', ')})`;
  const incoming = `(${incomingPosition.map((column) => `w.${column}`).join(', ')})`;
  const offered = `(${guard.map((column) => `excluded.${quote(column)}`).join(', ')})`;
  const newestFirst = incomingPosition.map((column) => `${column} desc`).join(', ');
  const cells = columns.map((column) => quote(column.name));
  const merged = mergedAt === undefined ? [] : [quote(mergedAt)];
  const written = [...cells, ...guard.map(quote), ...merged];
  const values = [...cells, ...incomingPosition, ...merged.map(() => `statement_timestamp() at time zone 'UTC'`)];
  const quotedKey = new Set(key.map(quote));
  const assignments = written
    .filter((column) => !quotedKey.has(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
  return (first, last) => `
    with winner as (
      select distinct on (${keys}) * from incoming where sluice_ordinal between ${first} and ${last}
      order by ${keys}, ${newestFirst}, sluice_ordinal
    ), fresh as (
      select w.* from winner w left join ${target} t on ${onKey}
      where t.${quote(key[0] ?? '')} is null or ${stored} < ${incoming}
    ), merged as (
      insert into ${target} as t (${written.join(', ')})
      select ${values.join(', ')} from fresh order by ${keys}
      on conflict (${keys}) do update set ${assignments} where ${stored} < ${offered}
      returning ${key.map((column) => `t.${quote(column)}`).join(', ')}
    )
    select sluice_batch as batch, count(*) filter (where (${keys}) in (select ${keys} from merged))::integer as applied
    from fresh group by sluice_batch`;
}
