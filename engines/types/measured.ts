/** What the data of a table say and its types do not: the sizes that a column needs in another product. */
import { tableName } from '../../schemas/table-name.ts';
import type { TableDefinition } from './table.ts';

/** Sizes of one column's values; null where they were not measured, or where there are none. */
export type MeasuredColumn = {
  /** Characters of the longest text, or bytes of the longest value of a type of bytes. */
  readonly longest: number | null;
  /** Most digits before and after the point. */
  readonly digits: { readonly whole: number; readonly fraction: number } | null;
};

/** Measured columns by table, as `tableName` writes it, and by column. */
export type Measured = ReadonlyMap<string, ReadonlyMap<string, MeasuredColumn>>;

/** Nothing was measured. */
export const notMeasured: MeasuredColumn = { longest: null, digits: null };

/** What was measured of a column. */
export const measuredColumn = (measured: Measured, table: TableDefinition, column: string): MeasuredColumn =>
  measured.get(tableName(table))?.get(column) ?? notMeasured;

/** Columns of keys that must be unique, and of foreign keys on both sides: no prefix of a value is enough there. */
export function keyColumns(table: TableDefinition): ReadonlySet<string> {
  const keys = [table.primaryKey, ...table.uniqueKeys, ...table.foreignKeys].flatMap((key) => key?.columns ?? []);
  const indexed = table.indexes
    .filter(({ unique }) => unique)
    .flatMap(({ parts }) => parts.flatMap(({ column }) => (column === null ? [] : [column])));
  return new Set([...keys, ...indexed]);
}
