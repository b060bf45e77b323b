/** A table that is replicated into: what its catalogue says of it, as the statements need it. */
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import { withoutModifier } from '../apply/sql/incoming.ts';
import { exactly, lossy } from '../catalogue/lossy.ts';
import type { CatalogueColumn, CatalogueTable } from '../catalogue/table.ts';
import { quoted } from '../identifiers.ts';

/** A column that is written. */
export type TargetColumn = Pick<
  CatalogueColumn,
  'name' | 'type' | 'baseType' | 'collation' | 'nondeterministicCollation' | 'expression' | 'identity' | 'notNull'
> & {
  /** Its type without length, precision, scale or domain: what a text is read as, before it is assigned. */
  readonly bareType: string;
  /** Its staged text as a value, in SQL: checked where the assignment could round or cut it without a word (promise 7). */
  readonly value: string;
  /** Whether it is so checked. */
  readonly isChecked: boolean;
};

/** A table as the statements need it. */
export type TargetTable = {
  /** Its name in `sluice.target`, with its schema. */
  readonly name: string;
  /** Its schema and its name. */
  readonly at: SourceTable;
  /** As SQL names it. */
  readonly qualified: string;
  /** As SQL names it where rows of its children are not meant. Those have topics of their own. */
  readonly only: string;
  /** Number among the tables of this process: names its stage tables. */
  readonly number: number;
  readonly columns: readonly TargetColumn[];
  /** Columns that the server computes, which are never written. */
  readonly generated: readonly string[];
  /** Columns of its primary key; empty without one. */
  readonly key: readonly string[];
  /** Whether ON CONFLICT cannot use the key: it is checked late, or WITHOUT OVERLAPS. */
  readonly deferrableKey: boolean;
  /** What orders its events: the log of the source, or where they do not tell it, their offsets. */
  readonly orderBy: 'lsn' | 'offset';
  /** Whether a value for an identity column has to be forced upon the server. */
  readonly overriding: boolean;
};

/**
 * The table by its catalogue.
 * @param sourceType a column's type at the source, as far as it is known.
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
      // Keys are compared with each other as the target compares them.
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

/** Columns of a table that surely fit the stage one by one: 300 of 24 bytes, in a page of 8,160 bytes with Sluice's own. */
const mostCells = 300;

/** Whether its stage takes the cells of a row as one value. */
export const isWide = ({ columns }: Pick<TargetTable, 'columns'>): boolean => columns.length > mostCells;

/** Names of the stage tables of a target: texts as they came, and a view of them in the types of the target. */
export const stageOf = ({ number }: TargetTable) => ({
  texts: `incoming_${number}_texts`,
  typed: `incoming_${number}`,
  images: `incoming_${number}_images`,
});

/** Columns in a list, of `alias` if there is one. */
export const listed = (columns: readonly { readonly name: string }[], alias?: string): string =>
  columns.map(({ name }) => `${alias === undefined ? '' : `${alias}.`}${quoted(name)}`).join(', ');
