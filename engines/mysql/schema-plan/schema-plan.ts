/** The schema of a target: what is created in it, in which order, and what is not carried. */
import type { SourceTable } from '../../../schemas/table-name.ts';
import type { Measured } from '../../types/measured.ts';
import type { PolicyConfig } from '../../types/policies.ts';
import type { Counter, ReferentialAction } from '../../types/table.ts';
import type { CastTarget, Flavor } from '../../types/to-mysql/cast.ts';
import type { Finding } from './finding.ts';

/** Which database a schema becomes. */
export type SchemaPolicy = {
  /** `separate`: one database for each schema, `public` the one of the address. `merge`: all in the one of the address. */
  readonly mode: 'separate' | 'merge';
  /** Databases of single schemas, by schema. */
  readonly databases: Readonly<Record<string, string>>;
};

/** What a plan depends on, besides the tables. */
export type PlanOptions = {
  readonly flavor: Flavor;
  /** The database of the target's address. */
  readonly database: string;
  readonly schemas: SchemaPolicy;
  readonly policies: PolicyConfig;
  readonly measured: Measured;
  /** Whether the server takes names of tables and databases that differ in case for equal (`lower_case_table_names`). */
  readonly foldsTableNames: boolean;
  /** All sequences of the source. */
  readonly sequences: readonly Counter[];
};

/** A column of a table in the target. */
export type ColumnPlan = {
  readonly name: string;
  /** The column at the source; null for one that only an index needs. */
  readonly source: string | null;
  readonly sqlType: string;
  /** The smallest type that holds the values that the source has now; null for a type that does not depend on the data. */
  readonly leastType: string | null;
  /** Whether the target computes its values, so that nothing is written to it. */
  readonly generated: boolean;
  /** How its values are converted, for load and stream; null without a source. */
  readonly target: CastTarget | null;
  readonly clause: string;
};

/** An index of a table: made after the data. */
export type IndexPlan = { readonly name: string; readonly unique: boolean; readonly clause: string };

/** A foreign key: made after the indexes, when its rows have been proven. */
export type ForeignKeyPlan = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly database: string; readonly table: string; readonly columns: readonly string[] };
  readonly onUpdate: ReferentialAction;
  readonly onDelete: ReferentialAction;
  readonly clause: string;
};

/** A table of the target. */
export type TablePlan = {
  readonly source: SourceTable;
  readonly database: string;
  readonly name: string;
  readonly columns: readonly ColumnPlan[];
  readonly primaryKey: readonly string[];
  /** Columns, primary key, CHECK constraints and the key of a counter. */
  readonly create: string;
  readonly indexes: readonly IndexPlan[];
  readonly foreignKeys: readonly ForeignKeyPlan[];
};

/** A sequence of MariaDB. */
export type SequencePlan = { readonly database: string; readonly name: string; readonly create: string };

/** Everything that is created in a target. */
export type SchemaPlan = {
  readonly flavor: Flavor;
  readonly databases: readonly { readonly name: string; readonly create: string }[];
  readonly sequences: readonly SequencePlan[];
  readonly tables: readonly TablePlan[];
  readonly findings: readonly Finding[];
};
