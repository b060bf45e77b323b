/** A replicated table as the statements need it, read from the catalogue of the target. */
import type { RowShape } from '../../../../formats/debezium/row-event.ts';
import { type SourceTable, tableName } from '../../../../schemas/table-name.ts';
import { withoutModifier } from '../../apply/sql/incoming.ts';
import { sourceTypeOf } from '../../catalogue/declared-type.ts';
import { exactly, lossy } from '../../catalogue/lossy.ts';
import type { CatalogueColumn, CatalogueTable } from '../../catalogue/table.ts';
import { quoted } from '../../identifiers.ts';

/** A column that is written. */
export type TargetColumn = Pick<
  CatalogueColumn,
  'name' | 'type' | 'baseType' | 'collation' | 'nondeterministicCollation' | 'expression' | 'identity' | 'notNull'
> & {
  /** Its type without length, precision, scale or domain. A staged text is cast to it before it is assigned. */
  readonly bareType: string;
  /** SQL of its value from the staged text. Checked where the assignment could round or truncate it silently (promise 7). */
  readonly value: string;
  /** Whether the value is checked so. */
  readonly isChecked: boolean;
};

/** A table that is written. */
export type TargetTable = {
  /** Its name in `sluice.target`, with its schema. */
  readonly name: string;
  /** Its schema and its name. */
  readonly at: SourceTable;
  /** As SQL names it. */
  readonly qualified: string;
  /** As SQL names it without the rows of its child tables, which have topics of their own. */
  readonly only: string;
  /** Number among the tables of this process. It is part of the names of its temporary tables. */
  readonly number: number;
  readonly columns: readonly TargetColumn[];
  /** Generated columns, which are never written. */
  readonly generated: readonly string[];
  /** Columns of its primary key; empty without one. */
  readonly key: readonly string[];
  /** Whether ON CONFLICT cannot use the key: it is deferrable or WITHOUT OVERLAPS. */
  readonly deferrableKey: boolean;
  /** What orders its events: their LSN, or their offset where they carry none. */
  readonly orderBy: 'lsn' | 'offset';
  /** Whether an INSERT needs OVERRIDING SYSTEM VALUE for an identity column. */
  readonly overriding: boolean;
};

/**
 * Builds it from the catalogue.
 * @param sourceType the type of a column at the source; undefined if it is not known.
 */
export function targetTable(
  table: CatalogueTable,
  number: number,
  orderBy: TargetTable['orderBy'],
  sourceType: (column: string) => string | undefined,
): TargetTable {
  const { qualified, key, partitionKey, deferrableKey } = table;
  const columns = table.columns.filter(({ generated }) => generated === null);
  return {
    name: tableName(table),
    at: { schema: table.schema, name: table.name },
    qualified,
    // A partitioned table has no rows of its own.
    only: partitionKey === null ? `only ${qualified}` : qualified,
    number,
    key,
    deferrableKey,
    orderBy,
    generated: table.columns.filter(({ generated }) => generated !== null).map(({ name: column }) => column),
    columns: columns.map((column) => {
      const bareType = withoutModifier(column.baseType);
      const text = quoted(column.name);
      const source = sourceType(column.name);
      const isChecked = lossy(column, source);
      const value = isChecked ? exactly(column, text, source) : `${text}::${bareType}`;
      // Staged keys are compared with each other by the collation of the target.
      const isEqual = column.nondeterministicCollation !== null && key.includes(column.name);
      return {
        ...column,
        bareType,
        isChecked,
        value: isEqual ? `(${value}) collate ${column.nondeterministicCollation}` : value,
      };
    }),
    overriding: columns.some(({ identity }) => identity === 'always'),
  };
}

/** Whether the server would round or cut values of such rows unnoticed, because their columns were narrower before. */
export const isUnchecked = ({ columns }: TargetTable, { fields }: RowShape): boolean =>
  (fields ?? []).some((field) => {
    const column = columns.find(({ name }) => name === field.name);
    const type = sourceTypeOf(field);
    return column !== undefined && type !== undefined && !column.isChecked && lossy(column, type);
  });

/** Names of columns, separated by commas, each qualified by `alias` if there is one. */
export const listed = (columns: readonly { readonly name: string }[], alias?: string): string =>
  columns.map(({ name }) => `${alias === undefined ? '' : `${alias}.`}${quoted(name)}`).join(', ');
