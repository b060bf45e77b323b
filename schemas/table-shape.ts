/**
 * The description of a table that the sink needs to write it: its columns in order, their PostgreSQL types and its key.
 * The sink writes any `TableShape`; `users_enriched` is one of them.
 */

/** A value of a row, for any database. */
export type Cell = string | boolean | number | bigint | null;

/** One column that the sink fills. */
export type Column = {
  readonly name: string;
  /** The PostgreSQL type as in `CREATE TABLE`. */
  readonly type: string;
  /** Its collation as in `CREATE TABLE`, if it differs from that of the type. */
  readonly collation?: string | null;
  /** Most code points a value may have (`VARCHAR(n)`); absent when unlimited. */
  readonly limit?: number;
};

/** A column of type `varchar(limit)`. */
export const varchar = <Name extends string>(name: Name, limit: number) => ({ name, type: `varchar(${limit})`, limit });

/** Names of the three columns of a position (rule 9). */
export type PositionColumns = readonly [generation: string, major: string, minor: string];

/** Where the position of the newest event of each key is stored, so that an older event changes nothing (promise 3). */
export type Guard =
  /** In the row itself. So a deleted row stays, as an ordinary row of its DELETE event: soft deletes. */
  | { readonly kind: 'columns'; readonly columns: PositionColumns }
  /**
   * In a guard table beside the table. It outlives the row: hard deletes, and tables without extra columns.
   * `columns` of the row show the position as well, if present; nothing relies on them.
   */
  | { readonly kind: 'table'; readonly columns?: PositionColumns };

/** A table the sink can write. */
export type TableShape = {
  /** Unqualified name, found through the search path. */
  readonly name: string;
  /** Columns carried by a change, in the order of its cells, with the key columns. */
  readonly columns: readonly Column[];
  /** Names of the key columns. Never in SET (rule 17). */
  readonly key: readonly string[];
  /** Column for the database's time of the merge, if there is one. */
  readonly mergedAt?: string;
  readonly guard: Guard;
};

/** How a DELETE is applied. `soft`: the row stays, marked. `hard`: the row is deleted and its position stays in a guard table. */
export type Deletes = 'soft' | 'hard';

/** The table with this kind of deletes. */
export function withDeletes(table: TableShape, deletes: Deletes): TableShape {
  return deletes === 'soft' ? table : { ...table, guard: { ...table.guard, kind: 'table' } };
}

/** The kind of deletes of a table: only a guard outside the row survives the row. */
export const deletesOf = ({ guard }: TableShape): Deletes => (guard.kind === 'table' ? 'hard' : 'soft');
