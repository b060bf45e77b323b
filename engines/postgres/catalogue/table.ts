/** A table in the catalogue of a PostgreSQL server: all that is needed to write to it, or to create it elsewhere. */

/** One column. */
export type CatalogueColumn = {
  readonly name: string;
  /** As `format_type` gives it, with its modifier: `numeric(12,2)`, `timestamp(3) without time zone`. */
  readonly type: string;
  /** The type under a domain; otherwise the same as `type`. */
  readonly baseType: string;
  /** Name of the collation if it is not the type's default. */
  readonly collation: string | null;
  /** Name of the effective collation if it is nondeterministic (`a` = `A`), else null. */
  readonly nondeterministicCollation: string | null;
  readonly notNull: boolean;
  /** Expression of the default, or of a generated column. */
  readonly expression: string | null;
  /** An `always` identity accepts values only with OVERRIDING SYSTEM VALUE. */
  readonly identity: 'always' | 'by default' | null;
  /** The sequence of an identity: its quoted name, and its options in SQL. */
  readonly sequence: { readonly name: string; readonly options: string } | null;
  /** Computed by the server from `expression`; never written. */
  readonly generated: 'stored' | 'virtual' | null;
};

/** A constraint or an index, with the definition that the server prints. */
export type CatalogueObject = { readonly name: string; readonly definition: string };

/** The qualified name of its index, unique among relations; null without one. */
type Indexed = { readonly index: string | null };

/** Ordinary table, partitioned table, view, materialized view, foreign table. */
export type RelationKind = 'r' | 'p' | 'v' | 'm' | 'f';

/** A user-defined trigger. */
export type CatalogueTrigger = {
  readonly name: string;
  /** The sessions in which it fires: `session_replication_role` origin, replica, both, or none. */
  readonly fires: 'origin' | 'replica' | 'always' | 'never';
};

/** An ordinary or partitioned table, or a relation of another kind with a table's name. */
export type CatalogueTable = {
  readonly schema: string;
  readonly name: string;
  /** Both, quoted where SQL needs it. */
  readonly qualified: string;
  readonly relkind: RelationKind;
  readonly columns: readonly CatalogueColumn[];
  /** Columns of the primary key in its order; empty without one. */
  readonly key: readonly string[];
  /** True for a primary key that ON CONFLICT cannot use: DEFERRABLE, or WITHOUT OVERLAPS. */
  readonly deferrableKey: boolean;
  /** PRIMARY KEY, UNIQUE, CHECK and EXCLUDE constraints. The server names one whose name is null. */
  readonly constraints: readonly (Pick<CatalogueObject, 'definition'> &
    Indexed & { readonly name: string | null; readonly kind: 'p' | 'u' | 'c' | 'x' })[];
  readonly foreignKeys: readonly (CatalogueObject & { readonly references: string })[];
  /** Indexes that belong to no constraint. */
  readonly indexes: readonly (CatalogueObject & Indexed)[];
  /** Names of rewrite rules, without a view's own `_RETURN`. */
  readonly rules: readonly string[];
  readonly triggers: readonly CatalogueTrigger[];
  /** Partition key of a partitioned table: `RANGE (day)`. */
  readonly partitionKey: string | null;
  /** Parent and bound of a partition. */
  readonly partitionOf: { readonly parent: string; readonly bound: string } | null;
  /** Tables it inherits from, quoted. */
  readonly inherits: readonly string[];
  /** True for an inheritance parent, whose statements need ONLY. Partitions do not count. */
  readonly hasChildren: boolean;
};
