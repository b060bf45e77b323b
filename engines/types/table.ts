/** A table as any database product describes it. Engines read it from their catalogue, and write DDL from it. */
import type { LogicalType } from './logical-type.ts';

/** A sequence of numbers, or the counter of an identity. */
export type Counter = {
  /** Schema and name; null for a counter without a name of its own. */
  readonly name: readonly [schema: string, name: string] | null;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cycle: boolean;
  /** The next value that the source gives out; null if it is unknown. */
  readonly next: string | null;
};

/** How a column gets a value that a statement does not name. */
export type ColumnDefault =
  /** An expression in the SQL of its engine. */
  | { readonly kind: 'expression'; readonly sql: string }
  /** The next value of a counter. `always`: the table accepts no other value. */
  | { readonly kind: 'counter'; readonly counter: Counter; readonly always: boolean }
  /** Computed from other columns. */
  | { readonly kind: 'generated'; readonly sql: string; readonly stored: boolean };

/** One column. */
export type ColumnDefinition = {
  readonly name: string;
  readonly type: LogicalType;
  /** The type in the SQL of its engine, for messages. */
  readonly declared: string;
  /** CHECK constraints of its domains, in the SQL of its engine, where `VALUE` is the column. */
  readonly domainChecks: readonly string[];
  readonly notNull: boolean;
  readonly default: ColumnDefault | null;
  /** Whether its collation takes different texts for equal, such as `a` and `A`. */
  readonly folding: boolean;
  readonly comment: string | null;
};

/** A primary or unique key. `deferrable` keys are checked at the end of a transaction. */
export type KeyDefinition = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly deferrable: boolean;
  /** Whether two nulls are equal. */
  readonly nullsEqual: boolean;
};

/** What happens to the rows that refer to a changed row. */
export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

/** A foreign key. */
export type ForeignKeyDefinition = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly schema: string; readonly table: string; readonly columns: readonly string[] };
  readonly onUpdate: ReferentialAction;
  readonly onDelete: ReferentialAction;
  /** Whether a partly null key must not refer to anything (MATCH FULL). */
  readonly matchFull: boolean;
  /** False if existing rows were not checked. */
  readonly validated: boolean;
};

/** A CHECK or EXCLUDE constraint, in the SQL of its engine. */
export type CheckDefinition = { readonly name: string; readonly kind: 'check' | 'exclude'; readonly sql: string };

/** An index that belongs to no key. */
export type IndexDefinition = {
  readonly name: string;
  /** Columns, or expressions in the SQL of their engine. */
  readonly parts: readonly {
    readonly column: string | null;
    readonly expression: string | null;
    readonly descending: boolean;
  }[];
  readonly unique: boolean;
  /** `btree`, `gin`, … */
  readonly method: string;
  /** Condition of a partial index. */
  readonly predicate: string | null;
  /** Columns that it only stores. */
  readonly including: readonly string[];
};

/** A table with its keys and indexes. */
export type TableDefinition = {
  readonly schema: string;
  readonly name: string;
  readonly comment: string | null;
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey: KeyDefinition | null;
  readonly uniqueKeys: readonly KeyDefinition[];
  readonly foreignKeys: readonly ForeignKeyDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly indexes: readonly IndexDefinition[];
  /** Key by which it is partitioned; null if it is not. */
  readonly partitionedBy: string | null;
};
