/**
 * The rules: which tables and rows are replicated, and how they are changed. Plain data, so that it can be sent to another process. It
 * contains secrets, so it is never logged. `parse-config.ts` reads it from a file.
 */
import { type SourceTable, tableName } from '../../schemas/table-name.ts';
import type { Condition } from './condition.ts';

/** How the values of a column are changed. Null stays null, except if a mask sets it. */
export type Action =
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop' }
  /** Every value becomes this text, or null. */
  | { readonly kind: 'mask'; readonly text: string | null }
  /** HMAC-SHA-256 of the value's text, in hex. Equal values have equal hashes in every table, so joins still work. */
  | { readonly kind: 'hash'; readonly salt: string };

/** The rule of one column. */
export type ColumnRule = {
  /** Its name at the source. */
  readonly column: string;
  /** Its name at the target. */
  readonly target: string;
  readonly action: Action;
  /** May rows lack the column? Otherwise a row without it stops the pipeline, because the rule may be misspelled. */
  readonly optional: boolean;
};

/** The rule of one table. */
export type TableRule = {
  readonly table: SourceTable;
  /** Its name at the target. */
  readonly target: SourceTable;
  /** The rows to replicate; null for all. */
  readonly where: Condition | null;
  readonly columns: readonly ColumnRule[];
  /** May the table be missing? Otherwise that is an error before anything is read. */
  readonly optional: boolean;
};

/** Tables by a pattern over `schema.table`, `*` for any text. */
export type TablePattern = {
  readonly pattern: string;
  /** May the pattern match no table? */
  readonly optional: boolean;
};

/** All rules. A table is replicated when `include` matches it and `exclude` does not. */
export type TransformConfig = {
  readonly include: readonly TablePattern[];
  readonly exclude: readonly TablePattern[];
  readonly tables: readonly TableRule[];
};

/** The default of `include`: all tables. It may match none. */
export const everyTable: readonly TablePattern[] = [{ pattern: '*', optional: true }];

/** Replicates everything unchanged. */
export const noRules: TransformConfig = { include: everyTable, exclude: [], tables: [] };

/** The first pattern that matches the table. */
export const matchingPattern = (patterns: readonly TablePattern[], table: SourceTable): string | undefined =>
  patterns.find((one) => matchesTable(one, table))?.pattern;

/** Whether the pattern matches the table. Quotes in it are optional. */
export function matchesTable({ pattern }: TablePattern, table: SourceTable): boolean {
  const has = expression(pattern);
  return has.test(tableName(table)) || has.test(`${table.schema}.${table.name}`);
}

const expression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')}$`, 'su');

/** Whether the table is replicated. */
export const isReplicated = ({ include, exclude }: TransformConfig, table: SourceTable): boolean =>
  matchingPattern(include, table) !== undefined && matchingPattern(exclude, table) === undefined;

/** Whether the replica of the table has the same name and columns. */
export function isReplicatedAsIs(config: TransformConfig, table: SourceTable): boolean {
  const rule = ruleOf(config, table);
  // Another table is renamed to this one, so the table of this name at the target is not its replica.
  if (!rule && config.tables.some(({ target }) => tableName(target) === tableName(table))) return false;
  if (!isReplicated(config, table) || !rule) return isReplicated(config, table);
  return (
    tableName(rule.target) === tableName(table) &&
    rule.columns.every(({ column, target, action }) => column === target && action.kind === 'keep')
  );
}

/** The rule of a table, if it has one. It also determines how a new target table differs from its source. */
export const ruleOf = ({ tables }: TransformConfig, { schema, name }: SourceTable): TableRule | undefined =>
  tables.find(({ table }) => table.schema === schema && table.name === name);
