/**
 * The temporary tables of a replicated table. One takes every value as text, because LOAD DATA LOCAL turns all errors into
 * warnings and would store altered values. The other has the types of the target. It takes the newest row of each key of a range,
 * so that a value that does not fit fails there, in strict mode. Statements then read it instead of the texts, because MySQL cannot
 * open a temporary table twice in one statement.
 */

import type { TableWork } from '../../../sink/replica/group-plan.ts';
import { exactCollation } from '../../collation.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { ownColumn, type TargetTable } from '../tables/target-table.ts';

/** The temporary tables, qualified and quoted. */
export type StagingNames = { readonly texts: string; readonly typed: string; readonly images: string };

/** Names of the temporary tables of a table. They lie in the bookkeeping database, where they hide no table of the user. */
export const stagingNames = (session: Session, { number }: TargetTable): StagingNames => ({
  texts: session.own(`incoming_${number}_texts`),
  typed: session.own(`incoming_${number}`),
  images: session.own(`incoming_${number}_images`),
});

/** Name of the staged text of the column with this index. */
export const textColumn = (index: number): string => `sluice_text_${index}`;

/**
 * Most columns of a replicated table. Each of its texts may take 40 bytes in the row itself, and a row must fit in half a page
 * of 16 kB.
 */
export const mostColumns = 180;

type OwnColumn = readonly [name: string, type: string];

/** Columns of both tables beside the cells: those that every row has. */
const everyRow: readonly OwnColumn[] = [
  ['sluice_ordinal', 'int not null'],
  ['sluice_deleted', 'tinyint not null'],
  ['sluice_batch', 'int not null'],
  ['sluice_generation', 'int not null'],
  ['sluice_major', 'bigint not null'],
  ['sluice_minor', 'bigint not null'],
];

/** The origin of a deleting event. */
const origin: readonly OwnColumn[] = [
  ['sluice_topic', 'text null'],
  ['sluice_partition', 'int null'],
  ['sluice_offset', 'bigint null'],
  ['sluice_record_key', 'longtext null'],
];

/** Position of the last delete of the key before the row. */
const died: readonly OwnColumn[] = [
  ['sluice_died_generation', 'int null'],
  ['sluice_died_major', 'bigint null'],
  ['sluice_died_minor', 'bigint null'],
];

/** Lists of indexes of columns, and the base of the unchanged ones. */
const partial: readonly OwnColumn[] = [
  ['sluice_unchanged', 'text null'],
  ['sluice_absent', 'text null'],
  ['sluice_base', 'int null'],
  ['sluice_base_arrived', 'tinyint null'],
  ['sluice_base_generation', 'int null'],
  ['sluice_base_major', 'bigint null'],
  ['sluice_base_minor', 'bigint null'],
];

/** Columns of the texts alone: the ordinals of the nearest events of the key that outdate the row. */
const order: readonly OwnColumn[] = [
  ['sluice_prior', 'int not null'],
  ['sluice_next', 'int not null'],
];

/** Which of the own columns the rows of a group need. The others are null. */
export type OwnColumns = { readonly hasDeletes: boolean; readonly hasPartial: boolean };

const namesOf = (columns: readonly OwnColumn[]): readonly string[] => columns.map(([name]) => name);

/** Own columns of both tables that a group fills, in the order of the fields of a staged row. */
export const sharedColumns = ({ hasDeletes, hasPartial }: OwnColumns): readonly string[] =>
  namesOf([...everyRow, ...(hasDeletes ? [...origin, ...died] : []), ...(hasPartial ? partial : [])]);

/** Own columns of the texts that a group fills, in the order of the fields of a staged row. */
export const stagedColumns = (which: OwnColumns): readonly string[] => [...sharedColumns(which), ...namesOf(order)];

/** The own columns that a group needs. */
export function ownColumnsOf(work: TableWork<TargetTable>): OwnColumns {
  const hasMissing = [...work.shapes.values()].some(({ missing }) => missing.length > 0);
  return { hasDeletes: work.deletes && work.table.key.length > 0, hasPartial: work.unchanged.size > 0 || hasMissing };
}

/** Creates the temporary tables. Not in a transaction. */
export async function createStagingTables(session: Session, table: TargetTable): Promise<void> {
  const { texts, typed } = stagingNames(session, table);
  const defined = (columns: readonly OwnColumn[]) => columns.map(([name, type]) => `${name} ${type}`).join(', ');
  const own = defined([...everyRow, ...origin, ...died, ...partial]);
  const charset = `character set utf8mb4 collate ${exactCollation[session.flavor]}`;
  const cells = table.columns.map((_, index) => `, ${textColumn(index)} longtext ${charset} null`).join('');
  const columns = table.columns.map((column) => `, ${ownColumn(column, table.key.includes(column.name))}`).join('');
  const key = table.key.length > 0 ? table.key.map(quoted).join(', ') : 'sluice_ordinal, sluice_deleted';
  const options = `engine = InnoDB row_format = dynamic default ${charset}`;
  await session.run(
    `create temporary table ${texts} (${own}, ${defined(order)}${cells}, primary key (sluice_ordinal, sluice_deleted)) ${options}`,
  );
  await session.run(
    `create temporary table ${typed} (${own}, sluice_filled tinyint not null default 0${columns}, primary key (${key})) ${options}`,
  );
}

/** Empties the temporary tables. Not in a transaction, because TRUNCATE commits. It is much faster than DELETE. */
export async function emptyStagingTables(session: Session, table: TargetTable): Promise<void> {
  const { texts, typed } = stagingNames(session, table);
  await session.run(`truncate table ${texts}`);
  await session.run(`truncate table ${typed}`);
}

/** Drops the temporary tables of an earlier definition. */
export async function dropStagingTables(session: Session, table: TargetTable): Promise<void> {
  const { texts, typed, images } = stagingNames(session, table);
  await session.run(`drop temporary table if exists ${texts}, ${typed}, ${images}`);
}
