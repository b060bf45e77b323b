/**
 * Rows that change their key. Debezium writes a delete of the old key and a create of the new one, and neither of them
 * carries large values that the change did not touch: only the row itself has them, until the delete removes it. So it
 * is kept in `sluice.moved_row` until the create has come. Both halves stand at one place of the source's log.
 */
import pg from 'pg';
import { position, sameKey } from '../../guards/guard-merge.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { cellsOf, fillings, sameHeld } from '../deferred-rows/deferred-rows.ts';
import { stageOf, type TargetTable } from '../tables/target-table.ts';

/** After this the other half, which follows at once, was lost or parked, and the row is of no use. */
const keptFor = '7 days';

/**
 * Statements before the merge of a range.
 * @param leaving ordinals of the first halves in the range. Their keys have no earlier event in it.
 * @param arriving ordinals of the second halves.
 * @param withHeld whether rows of the table are held back, so that one of them may be meant.
 */
export function moveRows(
  table: TargetTable,
  pipeline: string,
  leaving: readonly number[],
  arriving: readonly number[],
  withHeld: boolean,
): readonly string[] {
  const { typed, texts } = stageOf(table);
  const name = pg.escapeLiteral(table.name);
  const rows = [
    `select ${cellsOf(table, 't')} as cells from ${table.only} t where ${sameKey(table.key, 't', 'i')}`,
    ...(withHeld ? [`select h.cells from sluice.deferred_row h where ${sameHeld(table, 'i')}`] : []),
  ];
  const keep = `
    with expired as (delete from sluice.moved_row where table_name = ${name} and kept_at < now() - interval '${keptFor}')
    insert into sluice.moved_row (table_name, generation, minor, topic, partition, record_key, cells)
    select ${name}, i.sluice_generation, i.sluice_minor, i.sluice_topic, i.sluice_partition, i.sluice_record_key,
      r.cells
    from ${typed} i cross join lateral (${rows.join(' union all ')}) r
    left join ${guardTable(table.name)} g on ${sameKey(table.key, 'g', 'i')}
    where i.sluice_ordinal in (${leaving.join(', ')}) and (g.sluice_major is null or ${position('g')} < ${position('i')})
    on conflict do nothing`;
  // While a record of its old key is a letter, the row is not what it should be.
  const kept = `select generation, minor, cells from sluice.moved_row m
    where table_name = ${name} and not exists (
      select from sluice.dead_letter l where l.pipeline = ${pg.escapeLiteral(pipeline)} and l.topic = m.topic
        and l.partition = m.partition and l.key = m.record_key)`;
  const itsRow = `x.sluice_ordinal in (${arriving.join(', ')}) and x.sluice_major > 0
      and x.sluice_generation = m.generation and x.sluice_minor = m.minor + 1`;
  // A slot that is older than the snapshot streams again what brought the row there: then it has its values already, and
  // under the old key may be another row since. One that was deleted before is not that row.
  const snapshotRow = (row: string, from: string, at: string, deletedSince: string) => `
    select i.sluice_ordinal, ${cellsOf(table, row)} as cells from ${typed} i ${from}
    where i.sluice_ordinal in (${arriving.join(', ')}) and ${at}.sluice_generation = i.sluice_generation
      and ${at}.sluice_major = 0 and ${at}.sluice_minor > i.sluice_minor and not exists (
        select from ${typed} e where ${sameKey(table.key, 'e', 'i')} and e.sluice_ordinal < i.sluice_ordinal
          and e.sluice_deleted${deletedSince})`;
  const inTable = `join ${table.only} t on ${sameKey(table.key, 't', 'i')}
    join ${guardTable(table.name)} g on ${sameKey(table.key, 'g', 'i')}`;
  const inStage = `join ${typed} r on ${sameKey(table.key, 'r', 'i')} and r.sluice_ordinal < i.sluice_ordinal`;
  const standing = `
    update ${texts} x set ${fillings(table, 's.cells')}, sluice_unchanged = null from (
      ${snapshotRow('t', inTable, 'g', '')} union all
      ${snapshotRow('r', inStage, 'r', ' and e.sluice_ordinal > r.sluice_ordinal')}
    ) s where x.sluice_ordinal = s.sluice_ordinal and x.sluice_unchanged is not null`;
  const fill = `
    update ${texts} x set ${fillings(table, 'm.cells')}, sluice_unchanged = null from (${kept}) m
    where x.sluice_unchanged is not null and ${itsRow}`;
  const forget = `
    delete from sluice.moved_row m using ${texts} x where m.table_name = ${name} and ${itsRow}`;
  return [...(leaving.length > 0 ? [keep] : []), ...(arriving.length > 0 ? [standing, fill, forget] : [])];
}
