/** Moves staged rows of a range into the table with the types of the target, where a value that does not fit fails. */
import type { Session } from '../../connection/session.ts';
import { typedValue } from '../casts.ts';
import { AlteredValue, findAltered } from '../staging/exact.ts';
import { ownColumns, stagingNames, textColumn } from '../staging/staging-tables.ts';
import { listed, type TargetColumn, type TargetTable } from '../tables/target-table.ts';

/** A column of the table with its index. */
export type IndexedColumn = { readonly column: TargetColumn; readonly index: number };

/** The columns of these names or indexes, in the order of the table. */
export const indexedColumns = (
  { columns }: TargetTable,
  isWanted: (column: TargetColumn, index: number) => boolean,
): readonly IndexedColumn[] => columns.flatMap((column, index) => (isWanted(column, index) ? [{ column, index }] : []));

const own = ownColumns.map(([name]) => name as string);

/** Replaces the typed rows by the staged rows `x` for which a condition holds. Throws if the server would alter a value. */
export async function typeRows(
  session: Session,
  table: TargetTable,
  columns: readonly IndexedColumn[],
  condition: string,
): Promise<void> {
  const names = stagingNames(session, table);
  await session.run(`delete from ${names.typed}`);
  const values = columns.map(({ column, index }) => typedValue(column, `x.${textColumn(index)}`));
  await session.run(
    `insert into ${names.typed} (${[...own, ...columns.map(({ column: { name } }) => listed([name]))].join(', ')})
     select ${[...own.map((name) => `x.${name}`), ...values].join(', ')} from ${names.texts} x where ${condition}`,
  );
  const check = findAltered(
    columns.map(({ column, index }) => [column, textColumn(index)] as const),
    names,
  );
  if (check === undefined) return;
  const [altered] = await session.cells(check);
  if (altered) throw new AlteredValue(String(altered[0]));
}
