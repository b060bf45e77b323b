/**
 * The merge into a table with a guard table: a DELETE removes the row, and its guard row stays (rule 12).
 *
 * It has two statements. The first writes the guard rows of all winners whose position is newer, which locks their keys even
 * where no row exists: a transaction with an older event of the key waits for the newer one to commit, and is superseded. Only
 * the second statement changes the table. In READ COMMITTED a statement sees what was committed before it began, so it must
 * begin after the locks are taken.
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

/** Builds the statements for a table without position columns. */
export function mergeByGuardTable(table: TableShape): MergeStatement {
  const { name, key } = table;
  const guarding = guardStatement({ name, target: pg.escapeIdentifier(name), key, incoming: 'incoming' });
  const applying = applyStatement(table);
  return (first, last) => {
    const range = `sluice_ordinal between ${first} and ${last}`;
    return `${guarding(range)};${applying(range)}`;
  };
}

/** A table with a guard table, as the statement that writes guard rows needs it. */
export type Guarded = {
  /** Its name in `sluice.target`. */
  readonly name: string;
  /** As SQL names it. */
  readonly target: string;
  readonly key: readonly string[];
  /** Relation of the incoming rows, with the key columns in the types of the table. */
  readonly incoming: string;
  /**
   * Whether a position whose second part is 0 is that of a snapshot's row. It is lower than those of all streamed changes, but
   * the row is not older than a deletion that had left the topic before it. So it is never parked as such.
   */
  readonly snapshots?: boolean;
};

/** Names of key columns, separated by commas, each qualified by `alias` if there is one. */
export const keysOf = (key: readonly string[], alias?: string): string =>
  key.map((column) => `${alias === undefined ? '' : `${alias}.`}${pg.escapeIdentifier(column)}`).join(', ');

/** The condition that two relations have the same key. */
export const sameKey = (key: readonly string[], one: string, other: string): string =>
  key
    .map(pg.escapeIdentifier)
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' and ');

/**
 * Builds the statement that writes the guard rows of a range. As in the other merge, a join filters superseded rows first, and
 * rows are written in key order. The join also filters rows below the floor, which a TRUNCATE set (rule 23).
 *
 * A winner at or below the horizon, whose key has neither row nor guard row, may be older than an expired deletion. It is
 * parked, and so are all other events of its key in the range, since they are older still.
 *
 * Keys are searched in subqueries of the select list, which become hashed subplans. In a condition they would become a join,
 * which compares all with all where statistics are missing (35 ms for 1,000 rows).
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

/** The guard rows hold the locks and have decided which events win, so no position is compared here. */
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
