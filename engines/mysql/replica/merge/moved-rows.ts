/**
 * Rows whose key changes. Debezium writes a delete of the old key and a create of the new one. Neither carries large values that the
 * UPDATE did not change: only the row has them, until the delete removes it. So the row is kept until the create arrives, perhaps in
 * another transaction. Both events have one LSN, and the third part of the create's position is that of the delete plus 1.
 */
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { deferredTable } from '../deferred-rows/deferred-table.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { guardTable, movedTable } from '../tables/own-tables.ts';
import { listed, literal, sameKey, type TargetTable } from '../tables/target-table.ts';
import { positionOf } from './guard-rows.ts';
import { type IndexedColumn, indexedColumns, typeRows } from './typed-rows.ts';

/** Ordinals of the events of one range that belong to changed keys. */
export type Moves = {
  /** Deletes of old keys. No earlier event of the range has their key. */
  readonly leaving: readonly number[];
  /** Creates of new keys. */
  readonly arriving: readonly number[];
};

/**
 * Keeps the rows that leave their key in the range, unless something newer has happened to them.
 *
 * @param hasDeferred whether the table has deferred rows, one of which may be the row that moves.
 */
export async function keepLeaving(
  session: Session,
  table: TargetTable,
  { leaving }: Moves,
  hasDeferred: boolean,
): Promise<void> {
  if (leaving.length === 0) return;
  const { typed } = stagingNames(session, table);
  const moved = movedTable(session, table);
  const key = indexedColumns(table, ({ name }) => table.key.includes(name));
  const own = { hasDeletes: true, hasPartial: false };
  await typeRows(session, table, { columns: key, own }, `x.sluice_ordinal in (${leaving.join(', ')})`);
  const names = table.columns.map(({ name }) => name);
  for (const rows of [table.qualified, ...(hasDeferred ? [deferredTable(session, table)] : [])])
    await session.run(
      `insert into ${moved} (sluice_generation, sluice_minor, sluice_topic, sluice_partition, sluice_record_key, sluice_kept_at, ${listed(names)})
     select w.sluice_generation, w.sluice_minor, w.sluice_topic, w.sluice_partition, unhex(w.sluice_record_key), utc_timestamp(6),
       ${listed(names, 't')}
     from ${typed} w straight_join ${rows} t on ${sameKey(table.key, 't', 'w')}
     left join ${guardTable(session, table)} g on ${sameKey(table.key, 'g', 'w')}
     where g.sluice_major is null or ${positionOf('g')} < ${positionOf('w')}
     on duplicate key update sluice_topic = ${moved}.sluice_topic`,
    );
}

/** What is filled. */
export type Arrival = {
  /** The first ordinal of the range. */
  readonly first: number;
  readonly pipeline: string;
  /** The columns that the merge writes. */
  readonly columns: readonly IndexedColumn[];
};

/** Fills what the creates of new keys, and the events after them, leave unchanged. Runs after the bases are settled. */
export async function fillArrived(
  session: Session,
  table: TargetTable,
  { first, pipeline, columns }: Arrival,
): Promise<void> {
  const { typed } = stagingNames(session, table);
  const set = columns
    .filter(({ column: { name } }) => !table.key.includes(name))
    .map(({ column: { name }, index }) => {
      const own = `w.${quoted(name)}`;
      return `${own} = if(find_in_set('${index}', w.sluice_unchanged), m.${quoted(name)}, ${own})`;
    });
  // A kept row is not what it should be while a record of its old key is a dead letter.
  await session.run(
    `update ${typed} w straight_join ${movedTable(session, table)} m
       on m.sluice_generation = w.sluice_base_generation and m.sluice_minor = w.sluice_base_minor - 1
     set ${['w.sluice_filled = 1', ...set].join(', ')}
     where w.sluice_unchanged is not null and w.sluice_base_arrived and w.sluice_base >= ${first} and w.sluice_major > 0
       and not exists (
         select 1 from ${session.own('dead_letter')} l where l.pipeline = ${literal(pipeline)} and l.topic = m.sluice_topic
           and l.\`partition\` = m.sluice_partition and l.\`key\` = m.sluice_record_key)`,
  );
  await session.run(`update ${typed} set sluice_unchanged = null, sluice_filled = 0 where sluice_filled = 1`);
}

/** Deletes the kept rows that have arrived. */
export async function deleteArrived(session: Session, table: TargetTable, { arriving }: Moves): Promise<void> {
  const { texts } = stagingNames(session, table);
  await session.run(
    `delete m from ${texts} x straight_join ${movedTable(session, table)} m
       on m.sluice_generation = x.sluice_generation and m.sluice_minor = x.sluice_minor - 1
     where x.sluice_ordinal in (${arriving.join(', ')}) and x.sluice_major > 0`,
  );
}
