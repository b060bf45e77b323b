/**
 * Rows whose key changes. Debezium writes a delete of the old key and a create of the new one. Neither carries large values
 * that the UPDATE did not change: only the row has them, until the delete removes it. So the row is kept in
 * `sluice.moved_row` until the create arrives. Both events have one LSN.
 */
import pg from 'pg';
import { position, sameKey } from '../../guards/guard-merge.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { cellsOf, fillUnchanged, sameDeferredKey } from '../deferred-rows/deferred-rows.ts';
import { stagingNames } from '../staging/staging-table.ts';
import type { TargetTable } from '../tables/target-table.ts';

/** The create follows its delete at once. After this time it was lost or parked, and the kept row has no use. */
const keptFor = '7 days';

/** Ordinals of the events of one range that belong to changed keys. */
export type Moves = {
  /** Deletes of old keys. No earlier event of the range has their key. */
  readonly leaving: readonly number[];
  /** Creates of new keys. */
  readonly arriving: readonly number[];
};

/**
 * Statements to run before the merge of a range.
 * @param hasDeferred whether the table has deferred rows, one of which may be the row that moves.
 */
export function moveRows(
  table: TargetTable,
  pipeline: string,
  { leaving, arriving }: Moves,
  hasDeferred: boolean,
): readonly string[] {
  return [
    ...(leaving.length > 0 ? [keepRows(table, leaving, hasDeferred)] : []),
    ...(arriving.length > 0 ? fillArriving(table, pipeline, arriving) : []),
  ];
}

function keepRows(table: TargetTable, leaving: readonly number[], hasDeferred: boolean): string {
  const name = pg.escapeLiteral(table.name);
  const rows = [
    `select ${cellsOf(table, 't')} as cells from ${table.only} t where ${sameKey(table.key, 't', 'i')}`,
    ...(hasDeferred ? [`select d.cells from sluice.deferred_row d where ${sameDeferredKey(table, 'i')}`] : []),
  ];
  return `
    with expired as (delete from sluice.moved_row where table_name = ${name} and kept_at < now() - interval '${keptFor}')
    insert into sluice.moved_row (table_name, generation, minor, topic, partition, record_key, cells)
    select ${name}, i.sluice_generation, i.sluice_minor, i.sluice_topic, i.sluice_partition, i.sluice_record_key,
      r.cells
    from ${stagingNames(table).typed} i cross join lateral (${rows.join(' union all ')}) r
    left join ${guardTable(table.name)} g on ${sameKey(table.key, 'g', 'i')}
    where i.sluice_ordinal in (${leaving.join(', ')}) and (g.sluice_major is null or ${position('g')} < ${position('i')})
    on conflict do nothing`;
}

/** Statements that fill what the creates of new keys leave unchanged, and delete the kept rows. */
function fillArriving(table: TargetTable, pipeline: string, arriving: readonly number[]): readonly string[] {
  const { typed, texts } = stagingNames(table);
  const name = pg.escapeLiteral(table.name);
  // A kept row is not what it should be while a record of its old key is a dead letter.
  const kept = `select generation, minor, cells from sluice.moved_row m
    where table_name = ${name} and not exists (
      select from sluice.dead_letter l where l.pipeline = ${pg.escapeLiteral(pipeline)} and l.topic = m.topic
        and l.partition = m.partition and l.key = m.record_key)`;
  const itsRow = `x.sluice_ordinal in (${arriving.join(', ')}) and x.sluice_major > 0
      and x.sluice_generation = m.generation and x.sluice_minor = m.minor + 1`;
  // A slot older than the snapshot replays the change of a key that the snapshot already contains. The row under the new key
  // has the values, while another row may have the old key by now. A row that was deleted before is not that row.
  const snapshotRow = (row: string, from: string, at: string, deletedSince: string) => `
    select i.sluice_ordinal, ${cellsOf(table, row)} as cells from ${typed} i ${from}
    where i.sluice_ordinal in (${arriving.join(', ')}) and ${at}.sluice_generation = i.sluice_generation
      and ${at}.sluice_major = 0 and ${at}.sluice_minor > i.sluice_minor and not exists (
        select from ${typed} e where ${sameKey(table.key, 'e', 'i')} and e.sluice_ordinal < i.sluice_ordinal
          and e.sluice_deleted${deletedSince})`;
  const inTable = `join ${table.only} t on ${sameKey(table.key, 't', 'i')}
    join ${guardTable(table.name)} g on ${sameKey(table.key, 'g', 'i')}`;
  const inStaging = `join ${typed} r on ${sameKey(table.key, 'r', 'i')} and r.sluice_ordinal < i.sluice_ordinal`;
  return [
    `
    update ${texts} x set ${fillUnchanged(table, 's.cells')}, sluice_unchanged = null from (
      ${snapshotRow('t', inTable, 'g', '')} union all
      ${snapshotRow('r', inStaging, 'r', ' and e.sluice_ordinal > r.sluice_ordinal')}
    ) s where x.sluice_ordinal = s.sluice_ordinal and x.sluice_unchanged is not null`,
    `
    update ${texts} x set ${fillUnchanged(table, 'm.cells')}, sluice_unchanged = null from (${kept}) m
    where x.sluice_unchanged is not null and ${itsRow}`,
    `
    delete from sluice.moved_row m using ${texts} x where m.table_name = ${name} and ${itsRow}`,
  ];
}
