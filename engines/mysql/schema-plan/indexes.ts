/** Unique keys and indexes of tables: made after the data. */
import { tableName } from '../../../schemas/table-name.ts';
import type { IndexDefinition, KeyDefinition, TableDefinition } from '../../types/table.ts';
import type { Flavor } from '../../types/to-mysql/cast.ts';
import { quoted } from '../identifiers.ts';
import type { TypedTable } from './column-types.ts';
import type { Report } from './finding.ts';
import type { ScopeColumns } from './from-postgres/translate.ts';
import { helperOf } from './index-helpers.ts';
import { Names } from './names.ts';
import type { ColumnPlan, IndexPlan } from './schema-plan.ts';
import { isText, keyBytes, maxKeyBytes, partsOf } from './sql-type.ts';

/** What indexes depend on, besides the table. */
export type IndexContext = { readonly flavor: Flavor; readonly scope: ScopeColumns; readonly report: Report };

/** Indexes, and the generated columns that some of them need. */
export type PlannedIndexes = { readonly indexes: readonly IndexPlan[]; readonly helpers: readonly ColumnPlan[] };

/** Plans the unique keys and the indexes of a table. */
export function plannedIndexes(typed: TypedTable, context: IndexContext): PlannedIndexes {
  const { table } = typed;
  const names = new Names();
  names.take('primary', '');
  const keys = table.uniqueKeys.flatMap((key) => uniqueKey(typed, key, names, context));
  const found = table.indexes.map((index) => ofIndex(typed, index, names, context));
  return {
    indexes: [...keys, ...found.flatMap(({ indexes }) => indexes)],
    helpers: found.flatMap(({ helpers }) => helpers),
  };
}

/** Reports what a key of the target does in another way. */
export function reportKey(table: TableDefinition, key: KeyDefinition, report: Report): void {
  const object = `${tableName(table)}: ${key.name}`;
  if (key.deferrable)
    report({ severity: 'warn', object, what: 'is checked for each row', why: 'MySQL has no deferrable keys' });
  const isNullable = (name: string) => !(table.columns.find((column) => column.name === name)?.notNull ?? true);
  if (key.nullsEqual && key.columns.some(isNullable))
    report({
      severity: 'warn',
      object,
      what: 'accepts several rows with NULL',
      why: 'MySQL has no NULLS NOT DISTINCT',
    });
}

function uniqueKey(
  typed: TypedTable,
  key: KeyDefinition,
  names: Names,
  { flavor, report }: IndexContext,
): readonly IndexPlan[] {
  reportKey(typed.table, key, report);
  const refusal = refuseUnique(typed, key.columns, flavor);
  if (refusal !== undefined) return refused(typed, key.name, refusal, report);
  return [indexPlan(names.take(key.name, typed.table.name), true, key.columns.map(quoted))];
}

const indexPlan = (name: string, unique: boolean, parts: readonly string[]): IndexPlan => ({
  name,
  unique,
  clause: `${unique ? 'unique ' : ''}key ${quoted(name)} (${parts.join(', ')})`,
});

function refused(
  { table }: TypedTable,
  name: string,
  why: string,
  report: Report,
  severity: 'warn' | 'info' = 'warn',
): readonly [] {
  report({ severity, object: `${tableName(table)}: ${name}`, what: 'is not carried', why });
  return [];
}

/** Why columns cannot be unique as a whole; undefined if they can. MariaDB makes keys that are too long unique by a hash. */
export function refuseUnique({ columns }: TypedTable, names: readonly string[], flavor: Flavor): string | undefined {
  if (flavor === 'mariadb') return undefined;
  const sizes = names.map((name) => keyBytes(columns.get(name)?.sqlType ?? ''));
  const long = names.find((_, index) => sizes[index] === undefined);
  if (long !== undefined) return `${long} is too long for a key`;
  return sum(sizes) > maxKeyBytes ? `it has more than ${maxKeyBytes} bytes` : undefined;
}

const sum = (sizes: readonly (number | undefined)[]): number =>
  sizes.reduce<number>((total, size) => total + (size ?? 0), 0);

/** Types of indexes that are trees in MySQL, too. */
const trees: ReadonlySet<string> = new Set(['btree', 'hash']);

function ofIndex(typed: TypedTable, index: IndexDefinition, names: Names, context: IndexContext): PlannedIndexes {
  const { flavor, report } = context;
  const nothing = (why: string, severity: 'warn' | 'info' = 'info') => ({
    indexes: refused(typed, index.name, why, report, severity),
    helpers: [],
  });
  if (!trees.has(index.method)) return nothing(`MySQL has no index of the method ${index.method}`);
  const hasExpression = index.parts.some(({ column }) => column === null);
  if (!index.unique && hasExpression) return nothing('an index of an expression');
  reportLeftOut(typed.table, index, report);
  const name = names.take(index.name, typed.table.name);
  if (!index.unique) {
    const parts = prefixedParts(typed, index);
    return typeof parts === 'string' ? nothing(parts) : { indexes: [indexPlan(name, false, parts)], helpers: [] };
  }
  const columns = index.parts.flatMap(({ column }) => column ?? []);
  const refusal = refuseUnique(typed, columns, flavor);
  if (refusal !== undefined) return nothing(refusal, 'warn');
  const helper = helperOf(typed, index, context);
  if ('reason' in helper) return nothing(helper.reason, 'warn');
  return { indexes: [indexPlan(name, true, helper.parts)], helpers: helper.columns };
}

function reportLeftOut(
  table: TableDefinition,
  { name, including, predicate, unique }: IndexDefinition,
  report: Report,
): void {
  const object = `${tableName(table)}: ${name}`;
  if (including.length > 0)
    report({ severity: 'info', object, what: `does not store ${including.join(', ')}`, why: 'MySQL has no INCLUDE' });
  if (predicate !== null && !unique)
    report({
      severity: 'info',
      object,
      what: 'has all rows of the table',
      why: `MySQL has no partial indexes: ${predicate}`,
    });
}

/** Most characters of a text that an index holds. */
const prefixCharacters = 255;

/** The parts of a plain index, long texts by their beginning; or why there can be none. */
function prefixedParts({ columns }: TypedTable, index: IndexDefinition): readonly string[] | string {
  const room = Math.floor(maxKeyBytes / index.parts.length);
  const parts: string[] = [];
  for (const { column, descending } of index.parts) {
    const sqlType = columns.get(column ?? '')?.sqlType ?? '';
    const bytes = keyBytes(sqlType);
    const { word } = partsOf(sqlType);
    if (word === 'json') return `${column} is carried as JSON`;
    const bytesOfOne = word.includes('text') || word.includes('char') ? 4 : 1;
    const isLong = bytes === undefined || bytes > room;
    if (isLong && !isText(sqlType) && bytesOfOne === 4) return `${column} is too long for a key`;
    const prefix = isLong ? `(${Math.min(prefixCharacters, Math.floor(room / bytesOfOne) - 1)})` : '';
    parts.push(`${quoted(column ?? '')}${prefix}${descending ? ' desc' : ''}`);
  }
  return parts;
}
