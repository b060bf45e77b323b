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
import { incomingPosition } from '../apply/sql/incoming.ts';
import type { MergeStatement } from '../apply/staged-merge.ts';
import { guardTable } from './guard-table.ts';

const deletion = ['sluice_deleted', 'sluice_topic', 'sluice_partition', 'sluice_offset', 'sluice_record_key'] as const;

/** The position of a row of `alias`. */
export const position = (alias: string): string =>
  `(${incomingPosition.map((column) => `${alias}.${column}`).join(', ')})`;

/** Builds the statements for a table that need not know of positions itself. */
export function mergeByGuardTable(table: TableShape): MergeStatement {
  const { name, key } = table;
  const guarding = guardStatement({ name, target: pg.escapeIdentifier(name), key, incoming: 'incoming' });
  const applying = applyStatement(table);
  return (first, last) => {
    const range = `sluice_ordinal between ${first} and ${last}`;
    return `${guarding(range)};${applying(range)}`;
  };
}

/** A table whose keys are guarded beside it, as the guarding statement sees it. */
export type Guarded = {
  /** Its name in `sluice.target`. */
  readonly name: string;
  /** As SQL names it. */
  readonly target: string;
  readonly key: readonly string[];
  /** What holds the incoming rows, key columns typed as in the table. */
  readonly incoming: string;
  /**
   * Whether a position whose second part is 0 is that of a snapshot's row. It stands below all streamed changes, and yet
   * it cannot be older than a deletion that has left the topic before it: it is never parked for that.
   */
  readonly snapshots?: boolean;
};

/** Columns in a list, of `alias` if there is one. */
export const keysOf = (key: readonly string[], alias?: string): string =>
  key.map((column) => `${alias === undefined ? '' : `${alias}.`}${pg.escapeIdentifier(column)}`).join(', ');

/** The condition that two relations have the same key. */
export const sameKey = (key: readonly string[], one: string, other: string): string =>
  key
    .map(pg.escapeIdentifier)
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' and ');

/**
 * Stale rows are filtered by a join first and rows are written in key order, for the reasons of the other merge; so are
 * those below the floor, which a TRUNCATE set (rule 23). A winner at or below the horizon, whose key is known to nobody,
 * may be older than a deletion that was forgotten: it is parked, and with it all events of its key in the range, since
 * every one of them is older still.
 * Keys are looked up in lists of columns, not in conditions: there they stay hashed subplans, while a condition becomes a
 * join that compares all with all, for want of statistics (35 ms for 1,000 rows).
 */
export function guardStatement({ name, target, key, incoming, snapshots = false }: Guarded): (range: string) => string {
  const guard = guardTable(name);
  const keys = keysOf(key);
  const own = [...incomingPosition, ...deletion];
  const written = `${keys}, ${own.join(', ')}, sluice_deleted_at`;
  const newestFirst = incomingPosition.map((column) => `${column} desc`).join(', ');
  const assignments = [...own, 'sluice_deleted_at'].map((column) => `${column} = excluded.${column}`).join(', ');
  const stood = incomingPosition.map((column) => `g.${column} as stood_${column}`).join(', ');
  return (range) => `
    with bounds as materialized (
      select horizon_generation, horizon_major, horizon_minor, floor_generation, floor_major, floor_minor
      from sluice.target where table_name = ${pg.escapeLiteral(name)}
    ), winner as (
      select distinct on (${keys}) sluice_ordinal, ${keys}, ${own.join(', ')} from ${incoming} where ${range}
      order by ${keys}, ${newestFirst}, sluice_ordinal
    ), fresh as (
      select w.*, ${stood}, case
        when g.sluice_major is null${snapshots ? ' and w.sluice_major > 0' : ''} and ${position('w')} <= (b.horizon_generation, b.horizon_major, b.horizon_minor)
        then not exists (select from ${target} t where ${sameKey(key, 't', 'w')}) else false end as forgotten
      from winner w left join ${guard} g on ${sameKey(key, 'g', 'w')} left join bounds b on true
      where (g.sluice_major is null or ${position('g')} < ${position('w')})
        and (b.floor_major is null or (b.floor_generation, b.floor_major, b.floor_minor) < ${position('w')})
    ), guarded as (
      insert into ${guard} as g (${written})
      select ${keys}, ${own.join(', ')}, case when sluice_deleted then clock_timestamp() end
      from fresh where not forgotten order by ${keys}
      on conflict (${keys}) do update set ${assignments} where ${position('g')} < ${position('excluded')}
      returning ${keysOf(key, 'g')}
    )
    insert into incoming_settled
    select sluice_ordinal, (${keys}) in (select ${keys} from guarded), false,
      ${incomingPosition.map((column) => `stood_${column}`).join(', ')}
    from fresh where not forgotten
    union all
    select sluice_ordinal, false, true, null, null, null from (
      select sluice_ordinal, (${keys}) in (select ${keys} from fresh where forgotten) as forgotten
      from ${incoming} where ${range} offset 0
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
  const keys = keysOf(key);
  // A table of nothing but its key has nothing to set.
  const action = assignments === '' ? 'nothing' : `update set ${assignments}`;
  return (range) => `
    with winner as materialized (
      select i.* from incoming_settled s join incoming i using (sluice_ordinal) where s.won and s.${range}
    ), removed as (
      delete from ${target} t using winner w where w.sluice_deleted and ${sameKey(key, 't', 'w')}
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
