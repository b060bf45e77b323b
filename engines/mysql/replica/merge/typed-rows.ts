/** Moves staged rows of a range into the table with the types of the target, where a value that does not fit fails. */
import type { Session } from '../../connection/session.ts';
import { typedValue } from '../casts.ts';
import { AlteredValue, findAltered, isAlteredSilently } from '../staging/exact.ts';
import { type OwnColumns, sharedColumns, stagingNames, textColumn } from '../staging/staging-tables.ts';
import { listed, type TargetColumn, type TargetTable } from '../tables/target-table.ts';

/** A column of the table with its index. */
export type IndexedColumn = { readonly column: TargetColumn; readonly index: number };

/** The columns of these names or indexes, in the order of the table. */
export const indexedColumns = (
  { columns }: TargetTable,
  isWanted: (column: TargetColumn, index: number) => boolean,
): readonly IndexedColumn[] => columns.flatMap((column, index) => (isWanted(column, index) ? [{ column, index }] : []));

/** What is typed: columns of the table, and those of Sluice's own. */
export type TypedColumns = { readonly columns: readonly IndexedColumn[]; readonly own: OwnColumns };

/**
 * Replaces the typed rows by the staged rows `x` for which a condition holds, and returns their number. Throws if the server would
 * alter a value.
 */
export async function typeRows(
  session: Session,
  table: TargetTable,
  { columns, own }: TypedColumns,
  condition: string,
): Promise<number> {
  const names = stagingNames(session, table);
  const shared = sharedColumns(own);
  await session.run(`delete from ${names.typed}`);
  const values = columns.map(({ column, index }) => typedValue(column, `x.${textColumn(index)}`));
  const { rows, warnings } = await session.run(
    `insert into ${names.typed} (${[...shared, ...columns.map(({ column: { name } }) => listed([name]))].join(', ')})
     select ${[...shared.map((name) => `x.${name}`), ...values].join(', ')} from ${names.texts} x where ${condition}`,
  );
  // MariaDB counts a warning for most of the values that it alters, but not for all.
  const isWarned = warnings > 0 || session.flavor === 'mysql';
  const checked = isWarned ? columns : columns.filter(({ column }) => isAlteredSilently(column));
  const check = findAltered(
    checked.map(({ column, index }) => [column, textColumn(index)] as const),
    {
      source: `${names.typed} w straight_join ${names.texts} x
        on x.sluice_ordinal = w.sluice_ordinal and x.sluice_deleted = w.sluice_deleted`,
      texts: 'x',
    },
  );
  const [altered] = check === undefined ? [] : await session.cells(check);
  if (altered) throw new AlteredValue(String(altered[0]));
  return rows;
}
