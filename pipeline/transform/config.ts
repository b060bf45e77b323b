/**
 * What is replicated, and how it is changed on the way. Plain data, so that it can be sent to another process; secrets
 * are in it, so it is never logged. `parse-config.ts` reads it from a file.
 */
import { type SourceTable, tableName } from '../../schemas/table-name.ts';
import type { Condition } from './condition.ts';

/** What is done to the values of a column. Null stays null whatever is done. */
export type Action =
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop' }
  /** Every value becomes this text, or null. */
  | { readonly kind: 'mask'; readonly text: string | null }
  /** HMAC-SHA-256 of the value's text, in hex: the same for the same value everywhere, so joins still work. */
  | { readonly kind: 'hash'; readonly salt: string };

/** The rule of one column. */
export type ColumnRule = {
  /** Its name at the source. */
  readonly column: string;
  /** Its name at the target. */
  readonly target: string;
  readonly action: Action;
  /** Whether rows may lack the column. Otherwise one that does stops the pipeline: the rule may be misspelt. */
  readonly optional: boolean;
};

/** The rule of one table. */
export type TableRule = {
  readonly table: SourceTable;
  /** What it is called at the target. */
  readonly target: SourceTable;
  /** Which rows are replicated; null for all. */
  readonly where: Condition | null;
  readonly columns: readonly ColumnRule[];
  /** Whether there may be no such table. Otherwise that is an error before anything is read. */
  readonly optional: boolean;
};

/** Tables by a pattern over `schema.table`, `*` for any text. */
export type TablePattern = {
  readonly pattern: string;
  /** Whether it may have no table. */
  readonly optional: boolean;
};

/** All rules. A table is replicated when `include` has it and `exclude` has not. */
export type TransformConfig = {
  readonly include: readonly TablePattern[];
  readonly exclude: readonly TablePattern[];
  readonly tables: readonly TableRule[];
};

/** What `include` is where nobody writes it: every table, if there is one. */
export const everyTable: readonly TablePattern[] = [{ pattern: '*', optional: true }];

/** Everything as it is. */
export const noRules: TransformConfig = { include: everyTable, exclude: [], tables: [] };

/** The first pattern that has the table. */
export const matching = (patterns: readonly TablePattern[], table: SourceTable): string | undefined =>
  patterns.find((one) => hasTable(one, table))?.pattern;

/** Whether the pattern has the table. Quotes may be left out of it. */
export function hasTable({ pattern }: TablePattern, table: SourceTable): boolean {
  const has = expression(pattern);
  return has.test(tableName(table)) || has.test(`${table.schema}.${table.name}`);
}

const expression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')}$`, 'su');

/** True for a table that is replicated at all. */
export const isReplicated = ({ include, exclude }: TransformConfig, table: SourceTable): boolean =>
  matching(include, table) !== undefined && matching(exclude, table) === undefined;

/** True for a table whose replica is called and shaped as the table itself. */
export function isReplicatedAsIs(config: TransformConfig, table: SourceTable): boolean {
  const rule = ruleOf(config, table);
  // The name of a table of the target that another one is renamed to.
  if (!rule && config.tables.some(({ target }) => tableName(target) === tableName(table))) return false;
  if (!isReplicated(config, table) || !rule) return isReplicated(config, table);
  return (
    tableName(rule.target) === tableName(table) &&
    rule.columns.every(({ column, target, action }) => column === target && action.kind === 'keep')
  );
}

/** The rule of a table, if it has one; also says how a table that has to be made differs from its source. */
export const ruleOf = ({ tables }: TransformConfig, { schema, name }: SourceTable): TableRule | undefined =>
  tables.find(({ table }) => table.schema === schema && table.name === name);
