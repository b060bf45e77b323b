/** The types of columns in the target: by the cast table, with limits for keys, and alike on both sides of a foreign key. */
import { tableName } from '../../../schemas/table-name.ts';
import { type MeasuredColumn, measuredColumn } from '../../types/measured.ts';
import { policiesOf } from '../../types/policies.ts';
import type { ColumnDefinition, TableDefinition } from '../../types/table.ts';
import type { Cast, CastTarget } from '../../types/to-mysql/cast.ts';
import { castToMysql } from '../../types/to-mysql/column-cast.ts';
import { keyLimits } from './key-limits.ts';
import type { PlanOptions } from './schema-plan.ts';
import { partsOf } from './sql-type.ts';

/** A column with its type in the target. */
export type TypedColumn = {
  readonly definition: ColumnDefinition;
  readonly target: CastTarget;
  readonly cast: Cast;
  readonly sqlType: string;
  /** The smallest type that holds the measured values; null for a type that does not depend on the data. */
  readonly leastType: string | null;
};

/** A table with the types of its columns, by column. */
export type TypedTable = { readonly table: TableDefinition; readonly columns: ReadonlyMap<string, TypedColumn> };

/** Tables by the names that `tableName` writes. */
export type TypedTables = ReadonlyMap<string, TypedTable>;

/** Decides the types of all columns. */
export function typedTables(tables: readonly TableDefinition[], options: PlanOptions): TypedTables {
  const typed = new Map(tables.map((table) => [tableName(table), typedTable(table, options)]));
  alignForeignKeys(typed);
  return typed;
}

function typedTable(table: TableDefinition, options: PlanOptions): TypedTable {
  const typedBy = (limit: (column: string) => number | null) =>
    new Map(
      table.columns.map((definition): [string, TypedColumn] => {
        const { name, type } = definition;
        const found = measuredColumn(options.measured, table, name);
        const target: CastTarget = {
          flavor: options.flavor,
          policies: policiesOf(options.policies, `${tableName(table)}.${name}`),
          keyLimit: limit(name),
          digits: found.digits,
        };
        const cast = castToMysql(type, target);
        return [
          name,
          { definition, target, cast, sqlType: cast.sqlType, leastType: leastType(definition, target, found) },
        ];
      }),
    );
  const limits = keyLimits({ table, columns: typedBy(() => null) }, options.measured);
  return { table, columns: typedBy((column) => limits.get(column) ?? null) };
}

/** Without measured values, none need room. */
function leastType(
  { type }: ColumnDefinition,
  { keyLimit, flavor, policies }: CastTarget,
  { longest, digits }: MeasuredColumn,
): string | null {
  if (type.kind === 'decimal' && type.precision === null)
    return `decimal(${(digits?.whole ?? 0) + (digits?.fraction ?? 0)},${digits?.fraction ?? 0})`;
  if (keyLimit === null) return null;
  return castToMysql(type, { flavor, policies, digits, keyLimit: longest ?? 0 }).sqlType;
}

/** InnoDB wants integers of one size, and decimals of one precision, on both sides of a foreign key: the greater of both. */
function alignForeignKeys(tables: Map<string, TypedTable>): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const { table } of [...tables.values()])
      for (const { columns, references } of table.foreignKeys)
        columns.forEach((column, index) => {
          const parent = {
            table: tableName({ schema: references.schema, name: references.table }),
            column: references.columns[index] ?? '',
          };
          const child = { table: tableName(table), column };
          const common = commonType(typeOf(tables, child), typeOf(tables, parent));
          if (common === undefined) return;
          for (const place of [child, parent]) changed = withType(tables, place, common) || changed;
        });
  }
}

type Place = { readonly table: string; readonly column: string };

const typeOf = (tables: TypedTables, { table, column }: Place): string =>
  tables.get(table)?.columns.get(column)?.sqlType ?? '';

/** Whether the type has changed. */
function withType(tables: Map<string, TypedTable>, { table: name, column }: Place, sqlType: string): boolean {
  const table = tables.get(name);
  const found = table?.columns.get(column);
  if (table === undefined || found === undefined || found.sqlType === sqlType) return false;
  tables.set(name, { ...table, columns: new Map([...table.columns, [column, { ...found, sqlType }]]) });
  return true;
}

const integers = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];

/** The type that holds the values of both; undefined if they need no common type or have none. */
function commonType(one: string, other: string): string | undefined {
  const [left, right] = [partsOf(one), partsOf(other)];
  if (one === other) return undefined;
  if (left.word === 'decimal' && right.word === 'decimal') {
    const scale = Math.max(left.scale, right.scale);
    const whole = Math.max(left.size - left.scale, right.size - right.scale);
    return whole + scale > 65 ? undefined : `decimal(${whole + scale},${scale})`;
  }
  const [first, second] = [integers.indexOf(one), integers.indexOf(other)];
  return first < 0 || second < 0 ? undefined : integers[Math.max(first, second)];
}
