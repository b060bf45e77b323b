/**
 * The guarded merge from `incoming` into the table: per key the newest position of the range wins, and it is written
 * only when it is newer than the row that stands there (promise 3). Equal positions are duplicates: the first stays.
 */
import type { TableShape } from '../../../schemas/table-shape.ts';

/** A merge of the rows with ordinals in [first, last]; answers `{ batch, applied }` rows. */
export type MergeStatement = (first: number, last: number) => string;

/**
 * Builds the statement for a table. Rows are merged in key order, so that two writers cannot deadlock. Stale rows are
 * filtered by a join first: a refused ON CONFLICT would still lock the row and write WAL (rule 17). The count looks the
 * merged keys up in a hashed subplan: as a join, misjudged for want of statistics, it would compare all with all.
 */
export function mergeStatement({ name, columns, key, mergedAt, guard }: TableShape): MergeStatement {
  const keys = key.join(', ');
  const onKey = key.map((column) => `t.${column} = w.${column}`).join(' and ');
  const position = (alias: string) => `(${guard.map((column) => `${alias}.${column}`).join(', ')})`;
  const newestFirst = guard.map((column) => `${column} desc`).join(', ');
  const carried = [...columns.map((column) => column.name), ...guard];
  const written = mergedAt === undefined ? carried : [...carried, mergedAt];
  const values = mergedAt === undefined ? carried : [...carried, `statement_timestamp() at time zone 'UTC'`];
  const assignments = written
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
  return (first, last) => `
    with winner as (
      select distinct on (${keys}) * from incoming where ordinal between ${first} and ${last}
      order by ${keys}, ${newestFirst}, ordinal
    ), fresh as (
      select w.* from winner w left join ${name} t on ${onKey}
      where t.${key[0]} is null or ${position('t')} < ${position('w')}
    ), merged as (
      insert into ${name} as t (${written.join(', ')})
      select ${values.join(', ')} from fresh order by ${keys}
      on conflict (${keys}) do update set ${assignments} where ${position('t')} < ${position('excluded')}
      returning ${key.map((column) => `t.${column}`).join(', ')}
    )
    select batch, count(*) filter (where (${keys}) in (select ${keys} from merged))::integer as applied
    from fresh group by batch`;
}
