/** A table as the catalogue of a PostgreSQL server describes it: all that is needed to write it, or to make one like it. */

/** One column. */
export type CatalogueColumn = {
  readonly name: string;
  /** As `format_type` gives it, with its modifier: `numeric(12,2)`, `timestamp(3) without time zone`. */
  readonly type: string;
  /** The type below a domain; the same as `type` for all others. */
  readonly baseType: string;
  /** Name of a collation that is not the type's own. */
  readonly collation: string | null;
  /** Its collation, whosever it is, where that takes different texts for the same: `a` and `A`. */
  readonly nondeterministicCollation: string | null;
  readonly notNull: boolean;
  /** Expression of the default, or of a generated column. */
  readonly expression: string | null;
  /** `always` takes a value only with OVERRIDING SYSTEM VALUE. */
  readonly identity: 'always' | 'by default' | null;
  /** The sequence of an identity, quoted, and its options as SQL takes them. */
  readonly sequence: { readonly name: string; readonly options: string } | null;
  /** Computed by the server from `expression`; never written. */
  readonly generated: 'stored' | 'virtual' | null;
};

/** A constraint or an index, by the server's own words for it. */
export type CatalogueObject = { readonly name: string; readonly definition: string };

/** The name of an index with its schema, which no other relation may have; null where there is none. */
type Indexed = { readonly index: string | null };

/** What a relation is: ordinary table, partitioned table, view, materialized view, foreign table. */
export type RelationKind = 'r' | 'p' | 'v' | 'm' | 'f';

/** A trigger that somebody made. */
export type CatalogueTrigger = {
  readonly name: string;
  /** The sessions in which it fires: ordinary ones, those of a replica, both, or none. */
  readonly fires: 'origin' | 'replica' | 'always' | 'never';
};

/** A table, ordinary or partitioned; or what stands in the place of one. */
export type CatalogueTable = {
  readonly schema: string;
  readonly name: string;
  /** Both, quoted where SQL needs it. */
  readonly qualified: string;
  readonly relkind: RelationKind;
  readonly columns: readonly CatalogueColumn[];
  /** Columns of the primary key in its order; empty without one. */
  readonly key: readonly string[];
  /** True for a primary key that ON CONFLICT cannot use: one that is checked late, or one WITHOUT OVERLAPS. */
  readonly deferrableKey: boolean;
  /** PRIMARY KEY, UNIQUE, CHECK and EXCLUDE constraints; the server chooses the name of one that has none. */
  readonly constraints: readonly (Pick<CatalogueObject, 'definition'> &
    Indexed & { readonly name: string | null; readonly kind: 'p' | 'u' | 'c' | 'x' })[];
  readonly foreignKeys: readonly (CatalogueObject & { readonly references: string })[];
  /** Indexes that are no constraints. */
  readonly indexes: readonly (CatalogueObject & Indexed)[];
  /** Names of rewrite rules; a view's own is not among them. */
  readonly rules: readonly string[];
  readonly triggers: readonly CatalogueTrigger[];
  /** How a partitioned table is partitioned: `RANGE (day)`. */
  readonly partitionKey: string | null;
  /** The table it is a partition of, and of what. */
  readonly partitionOf: { readonly parent: string; readonly bound: string } | null;
  /** Tables it inherits from, quoted. */
  readonly inherits: readonly string[];
  /** True for a parent of inheritance, whose statements need ONLY. Partitions are not meant. */
  readonly hasChildren: boolean;
};
