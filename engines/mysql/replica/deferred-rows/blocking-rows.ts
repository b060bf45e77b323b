/** Rows that block another one in MySQL and MariaDB: they have its values of a unique key. */
import type { Position } from '../../../../pipeline/change.ts';
import type { NumberedRecord } from '../../../sink/replica/group-plan.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { guardTable } from '../tables/own-tables.ts';
import { listed, sameKey, type TargetTable } from '../tables/target-table.ts';
import { deferredTable } from './deferred-table.ts';

/** SQL of the rows `b` that block the image `m`, with their guard rows `g`. */
export type Blocking = { readonly from: string };

/**
 * The rows that block the stored image by the unique key that a collision names; undefined if that is not known. The image is in a
 * temporary table like the target, where the server has computed its generated columns.
 */
export async function blockingRows(
  session: Session,
  table: TargetTable,
  collision: unknown,
): Promise<Blocking | undefined> {
  const [, text = ''] = /for key '(.*)'$/s.exec(collision instanceof Error ? collision.message : '') ?? [];
  // MySQL writes the name of the table before that of the key.
  const columns =
    (await keyColumns(session, table, text)) ?? (await keyColumns(session, table, text.slice(table.table.length + 1)));
  if (columns === undefined) return undefined;
  const { images } = stagingNames(session, table);
  return {
    from: `${images} m straight_join ${table.qualified} b on ${columns.join(' and ')}
      left join ${guardTable(session, table)} g on ${sameKey(table.key, 'g', 'b')}`,
  };
}

/** The conditions that two rows are equal in a unique key; undefined if there is no such key, or if it has expressions. */
async function keyColumns(session: Session, table: TargetTable, key: string): Promise<readonly string[] | undefined> {
  const rows = await session.rows<{ name: string | null; part: string | null }>(
    `select column_name as name, sub_part as part from information_schema.statistics
     where table_schema = ? and table_name = ? and index_name = ? and index_name <> 'PRIMARY' order by seq_in_index`,
    [table.database, table.table, key],
  );
  if (rows.length === 0 || rows.some(({ name }) => name === null)) return undefined;
  return rows.map(({ name, part }) => {
    const [one, other] = [`b.${quoted(name ?? '')}`, `m.${quoted(name ?? '')}`];
    return part === null ? `${one} = ${other}` : `left(${one}, ${part}) = left(${other}, ${part})`;
  });
}

/** The stored positions of the blocking rows; null for a row that was loaded, and of which no event has arrived. */
export async function blockingPositions(session: Session, { from }: Blocking): Promise<readonly (Position | null)[]> {
  const rows = await session.cells(`select g.sluice_generation, g.sluice_major, g.sluice_minor from ${from}`);
  return rows.map(([generation, major, minor]) =>
    generation === null ? null : { generation: Number(generation), major: String(major), minor: String(minor) },
  );
}

/** Defers the blocking rows of former generations, and returns how many. */
export async function deferStanding(
  session: Session,
  table: TargetTable,
  { topic, partition, record }: NumberedRecord,
  { from }: Blocking,
): Promise<number> {
  const columns = table.columns.map(({ name }) => name);
  const { rows } = await session.run(
    `insert into ${deferredTable(session, table)} (${deferredColumns}, ${listed(columns)})
     select g.sluice_generation, g.sluice_major, g.sluice_minor, ?, ?, ?, utc_timestamp(6), ${listed(columns, 'b')}
     from ${from} where g.sluice_generation < ${record.position.generation}`,
    [topic, partition, record.origin.offset],
  );
  await session.run(
    `delete t from ${deferredTable(session, table)} d straight_join ${table.qualified} t on ${sameKey(table.key, 't', 'd')}`,
  );
  return rows;
}

/** Defers the row of an event, whose image is stored. */
export async function deferImage(
  session: Session,
  table: TargetTable,
  { topic, partition, record }: NumberedRecord,
): Promise<void> {
  const { generation, major, minor } = record.position;
  const columns = listed(table.columns.map(({ name }) => name));
  await session.run(
    `insert into ${deferredTable(session, table)} (${deferredColumns}, ${columns})
     select ${generation}, ${major}, ${minor}, ?, ?, ?, utc_timestamp(6), ${columns} from ${stagingNames(session, table).images}`,
    [topic, partition, record.origin.offset],
  );
}

const deferredColumns =
  'sluice_generation, sluice_major, sluice_minor, sluice_topic, sluice_partition, sluice_offset, sluice_deferred_at';
