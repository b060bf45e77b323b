/**
 * The temporary tables of a replicated table. One takes every value as text, because LOAD DATA LOCAL turns all errors into
 * warnings and would store altered values. The other has the types of the target. It takes the newest row of each key of a range,
 * so that a value that does not fit fails there, in strict mode. Statements then read it instead of the texts, because MySQL cannot
 * open a temporary table twice in one statement.
 */

import { exactCollation } from '../../collation.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { ownColumn, type TargetTable } from '../tables/target-table.ts';

/** The temporary tables, qualified and quoted. */
export type StagingNames = { readonly texts: string; readonly typed: string };

/** Names of the temporary tables of a table. They lie in the bookkeeping database, where they hide no table of the user. */
export const stagingNames = (session: Session, { number }: TargetTable): StagingNames => ({
  texts: session.own(`incoming_${number}_texts`),
  typed: session.own(`incoming_${number}`),
});

/** Name of the staged text of the column with this index. */
export const textColumn = (index: number): string => `sluice_text_${index}`;

/**
 * Most columns of a replicated table. Each of its texts may take 40 bytes in the row itself, and a row must fit in half a page
 * of 16 kB.
 */
export const mostColumns = 180;

/** Columns of both tables beside the cells. `sluice_unchanged` and `sluice_absent` list indexes of columns. */
export const ownColumns = [
  ['sluice_ordinal', 'int not null'],
  ['sluice_deleted', 'tinyint not null'],
  ['sluice_batch', 'int not null'],
  ['sluice_generation', 'int not null'],
  ['sluice_major', 'bigint not null'],
  ['sluice_minor', 'bigint not null'],
  ['sluice_topic', 'text null'],
  ['sluice_partition', 'int null'],
  ['sluice_offset', 'bigint null'],
  ['sluice_record_key', 'longtext null'],
  ['sluice_unchanged', 'text null'],
  ['sluice_absent', 'text null'],
  ['sluice_base', 'int null'],
  ['sluice_base_arrived', 'tinyint null'],
  ['sluice_base_generation', 'int null'],
  ['sluice_base_major', 'bigint null'],
  ['sluice_base_minor', 'bigint null'],
  ['sluice_died_generation', 'int null'],
  ['sluice_died_major', 'bigint null'],
  ['sluice_died_minor', 'bigint null'],
] as const;

/** Columns of the texts alone: the ordinals of the nearest events of the key that outdate the row. */
export const orderColumns = [
  ['sluice_prior', 'int not null'],
  ['sluice_next', 'int not null'],
] as const;

/** Creates the temporary tables. Not in a transaction. */
export async function createStagingTables(session: Session, table: TargetTable): Promise<void> {
  const { texts, typed } = stagingNames(session, table);
  const own = ownColumns.map(([name, type]) => `${name} ${type}`).join(', ');
  const order = orderColumns.map(([name, type]) => `${name} ${type}`).join(', ');
  const charset = `character set utf8mb4 collate ${exactCollation[session.flavor]}`;
  const cells = table.columns.map((_, index) => `, ${textColumn(index)} longtext ${charset} null`).join('');
  const columns = table.columns.map((column) => `, ${ownColumn(column, table.key.includes(column.name))}`).join('');
  const key = table.key.length > 0 ? table.key.map(quoted).join(', ') : 'sluice_ordinal, sluice_deleted';
  const options = `engine = InnoDB row_format = dynamic default ${charset}`;
  await session.run(
    `create temporary table ${texts} (${own}, ${order}${cells}, primary key (sluice_ordinal, sluice_deleted)) ${options}`,
  );
  await session.run(
    `create temporary table ${typed} (${own}, sluice_filled tinyint not null default 0${columns}, primary key (${key})) ${options}`,
  );
}

/** Drops the temporary tables of an earlier definition. */
export async function dropStagingTables(session: Session, table: TargetTable): Promise<void> {
  const { texts, typed } = stagingNames(session, table);
  await session.run(`drop temporary table if exists ${texts}, ${typed}`);
}
