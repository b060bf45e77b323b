/**
 * The temporary tables of a direct merge. They take the newest row of each key in the types of the target, without a table of texts
 * before them. Deletes have a table of their own, since they need other columns.
 */
import type { TableWork } from '../../../sink/replica/group-plan.ts';
import { exactCollation } from '../../collation.ts';
import type { Session } from '../../connection/session.ts';
import { errnoOf } from '../../errors.ts';
import { quoted } from '../../identifiers.ts';
import { isAlteredSilently } from '../staging/exact.ts';
import type { Staging } from '../staging/fill.ts';
import { mostColumns, textColumn } from '../staging/staging-tables.ts';
import { ownColumn, type TargetColumn, type TargetTable } from '../tables/target-table.ts';

/** The temporary tables, qualified and quoted. */
export type DirectNames = { readonly rows: string; readonly deletes: string };

/** Names of the temporary tables of a direct merge. */
export const directNames = (session: Session, { number }: TargetTable): DirectNames => ({
  rows: session.own(`incoming_${number}_rows`),
  deletes: session.own(`incoming_${number}_deletes`),
});

/** Columns whose text is kept beside the value, because the server may alter the value without a warning. */
export const isKeptAsText = (column: TargetColumn): boolean => isAlteredSilently(column);

/**
 * Whether the newest rows of a table can be loaded in its types. MariaDB counts a warning for what it alters, which was tried for
 * MariaDB only. An INSERT fires triggers for rows that exist, too, where an UPDATE would not.
 */
export function takesDirectMerges(session: Session, { canLoad }: Staging, table: TargetTable): boolean {
  const texts = table.columns.filter(isKeptAsText).length;
  const hasRoom = table.columns.length + texts <= mostColumns;
  return session.flavor === 'mariadb' && canLoad && hasRoom && table.key.length > 0 && table.triggers.length === 0;
}

/** Whether the rows of a group are complete, and each key has only one row in the end that counts. */
export function isSimple(work: TableWork<TargetTable>): boolean {
  const { truncates, leaving, arriving, leftOut, unchanged, shapes, table, deletes } = work;
  const isWhole = unchanged.size === 0 && [...shapes.values()].every(({ missing }) => missing.length === 0);
  const hasMoves = truncates.length + leaving.length + arriving.length + leftOut.length > 0;
  // A row that is deleted and inserted again gets the default of a column that no event carries. An upsert would keep its value.
  const isComplete = [...shapes.values()].every(({ at }) => at.length === table.columns.length && !at.includes(-1));
  return isWhole && !hasMoves && (isComplete || !deletes);
}

const position = 'sluice_generation int not null, sluice_major bigint not null, sluice_minor bigint not null';

const origin =
  'sluice_topic text not null, sluice_partition int not null, sluice_offset bigint not null, sluice_record_key longtext null';

/** Server error: the row size is too large. */
const rowTooLarge = 1118;

/** Creates the temporary tables. Not in a transaction. Returns whether their rows fit in a page, with the texts beside the values. */
export async function createDirectTables(session: Session, table: TargetTable): Promise<boolean> {
  const { rows, deletes } = directNames(session, table);
  const charset = `character set utf8mb4 collate ${exactCollation[session.flavor]}`;
  const defined = (columns: readonly TargetColumn[]) =>
    columns.map((column) => `, ${ownColumn(column, table.key.includes(column.name))}`).join('');
  const texts = table.columns.map((column, index) =>
    isKeptAsText(column) ? `, ${textColumn(index)} longtext ${charset} null` : '',
  );
  const key = `primary key (${table.key.map(quoted).join(', ')})`;
  const options = `engine = InnoDB row_format = dynamic default ${charset}`;
  try {
    await session.run(
      `create temporary table ${rows} (${position}${defined(table.columns)}${texts.join('')}, ${key}) ${options}`,
    );
  } catch (error) {
    if (errnoOf(error) === rowTooLarge) return false;
    throw error;
  }
  const keyColumns = table.columns.filter(({ name }) => table.key.includes(name));
  await session.run(
    `create temporary table ${deletes} (${position}, ${origin}${defined(keyColumns)}, ${key}) ${options}`,
  );
  return true;
}

/** Empties the temporary tables. Not in a transaction, because TRUNCATE commits. */
export async function emptyDirectTables(session: Session, table: TargetTable): Promise<void> {
  for (const name of Object.values(directNames(session, table))) await session.run(`truncate table ${name}`);
}

/** Drops the temporary tables of an earlier definition. */
export async function dropDirectTables(session: Session, table: TargetTable): Promise<void> {
  const { rows, deletes } = directNames(session, table);
  await session.run(`drop temporary table if exists ${rows}, ${deletes}`);
}
