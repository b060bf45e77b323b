/**
 * The merge into a table whose keys are guarded beside it: a DELETE removes the row and its guard stays (rule 12).
 *
 * Two statements. The first writes the guard rows of all winners under the position condition and so takes the lock on
 * their keys, present or not: whoever brings an older event of a key waits here for the newer one to commit, and loses.
 * Only the second touches the table, because in READ COMMITTED a statement sees what was committed before it began, and
 * that must be after the locks.
 */
import pg from 'pg';
import type { TableShape } from '../../../schemas/table-shape.ts';
import { guardTable } from './guard-table.ts';
import { incomingPosition } from './incoming.ts';
import type { MergeStatement } from './merge.ts';

const deletion = ['sluice_deleted', 'sluice_topic', 'sluice_partition', 'sluice_offset', 'sluice_record_key'] as const;

const position = (alias: string): string => `(${incomingPosition.map((column) => `${alias}.${column}`).join(', ')})`;

/** Builds the statements for a table that need not know of positions itself. */
export function mergeByGuardTable(table: TableShape): MergeStatement {
  const guarding = guardStatement(table);
  const applying = applyStatement(table);
  return (first, last) => {
    const range = `sluice_ordinal between ${first} and ${last}`;
    return `${guarding(range)};${applying(range)}`;
  };
}

const keysOf = ({ key }: TableShape, alias?: string): string =>
  key.map((column) => `${alias === undefined ? '' : `${alias}.`}${pg.escapeIdentifier(column)}`).join(', ');

const sameKey = ({ key }: TableShape, one: string, other: string): string =>
  key
    .map(pg.escapeIdentifier)
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' and ');

/**
 * Stale rows are filtered by a join first and rows are written in key order, for the reasons of the other merge. A winner
 * at or below the horizon, whose key is known to nobody, may be older than a deletion that was forgotten: it is parked,
 * and with it all events of its key in the range, since every one of them is older still.
 * Keys are looked up in lists of columns, not in conditions: there they stay hashed subplans, while a condition becomes a
 * join that compares all with all, for want of statistics (35 ms for 1,000 rows).
 */
function guardStatement(table: TableShape): (range: string) => string {
  const guard = guardTable(table.name);
  const target = pg.escapeIdentifier(table.name);
  const keys = keysOf(table);
  const own = [...incomingPosition, ...deletion];
  const written = `${keys}, ${own.join(', ')}, sluice_deleted_at`;
  const newestFirst = incomingPosition.map((column) => `${column} desc`).join(', ');
  const assignments = [...own, 'sluice_deleted_at'].map((column) => `${column} = excluded.${column}`).join(', ');
  return (range) => `
    with horizon as materialized (
      select horizon_generation, horizon_major, horizon_minor from sluice.target
      where table_name = ${pg.escapeLiteral(table.name)}
    ), winner as (
      select distinct on (${keys}) sluice_ordinal, ${keys}, ${own.join(', ')} from incoming where ${range}
      order by ${keys}, ${newestFirst}, sluice_ordinal
    ), fresh as (
      select w.*, case
        when g.sluice_major is null and ${position('w')} <= (h.horizon_generation, h.horizon_major, h.horizon_minor)
        then not exists (select from ${target} t where ${sameKey(table, 't', 'w')}) else false end as forgotten
      from winner w left join ${guard} g on ${sameKey(table, 'g', 'w')} left join horizon h on true
      where g.sluice_major is null or ${position('g')} < ${position('w')}
    ), guarded as (
      insert into ${guard} as g (${written})
      select ${keys}, ${own.join(', ')}, case when sluice_deleted then clock_timestamp() end
      from fresh where not forgotten order by ${keys}
      on conflict (${keys}) do update set ${assignments} where ${position('g')} < ${position('excluded')}
      returning ${keysOf(table, 'g')}
    )
    insert into incoming_settled
    select sluice_ordinal, (${keys}) in (select ${keys} from guarded), false from fresh where not forgotten
    union all
    select sluice_ordinal, false, true from (
      select sluice_ordinal, (${keys}) in (select ${keys} from fresh where forgotten) as forgotten
      from incoming where ${range} offset 0
    ) i where forgotten`;
}

/** The guard holds the lock and has decided, so nothing is compared any more. */
function applyStatement(table: TableShape): (range: string) => string {
  const { name, columns, key, mergedAt, guard } = table;
  const target = pg.escapeIdentifier(name);
  const quote = pg.escapeIdentifier;
  const cells = columns.map((column) => quote(column.name));
  const shown = (guard.columns ?? []).map(quote);
  const merged = mergedAt === undefined ? [] : [quote(mergedAt)];
  const written = [...cells, ...shown, ...merged];
  const values = [
    ...cells,
    ...(guard.columns ? incomingPosition : []),
    ...merged.map(() => `statement_timestamp() at time zone 'UTC'`),
  ];
  const quotedKey = new Set(key.map(quote));
  const assignments = written
    .filter((column) => !quotedKey.has(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
  const keys = keysOf(table);
  // A table of nothing but its key has nothing to set.
  const action = assignments === '' ? 'nothing' : `update set ${assignments}`;
  return (range) => `
    with winner as materialized (
      select i.* from incoming_settled s join incoming i using (sluice_ordinal) where s.won and s.${range}
    ), removed as (
      delete from ${target} t using winner w where w.sluice_deleted and ${sameKey(table, 't', 'w')}
    ), merged as (
      insert into ${target} (${written.join(', ')})
      select ${values.join(', ')} from winner where not sluice_deleted order by ${keys}
      on conflict (${keys}) do ${action}
    )
    select sluice_batch as batch, count(*)::integer as applied, null::integer[] as stale
    from winner group by sluice_batch
    union all
    select i.sluice_batch, 0, array_agg(s.sluice_ordinal) from incoming_settled s join incoming i using (sluice_ordinal)
    where s.forgotten and s.${range} group by i.sluice_batch`;
}
