/**
 * What the sink must know of a table to write it: its columns in order, their PostgreSQL types and its key.
 * The sink writes any `TableShape`; `users_enriched` is one of them.
 */

/** One column as the sink fills it. */
export type Column = {
  readonly name: string;
  /** The PostgreSQL type as in `CREATE TABLE`. */
  readonly type: string;
  /** Most code points a value may have (`VARCHAR(n)`); absent when unlimited. */
  readonly limit?: number;
};

/** A table the sink can write. */
export type TableShape = {
  /** Unqualified name, found through the search path. */
  readonly name: string;
  /** Columns carried by a change, in the order of its cells; the key columns are among them. */
  readonly columns: readonly Column[];
  /** Names of the key columns. Never in SET (rule 17). */
  readonly key: readonly string[];
  /** Column that receives the database's time at the merge, if there is one. */
  readonly mergedAt?: string;
  /** Columns that hold the position of the row's event: generation, major, minor (rule 9). */
  readonly guard: readonly [generation: string, major: string, minor: string];
};
