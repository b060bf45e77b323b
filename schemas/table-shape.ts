/**
 * What the sink has to know about a table to write it: the columns in order, their PostgreSQL types, and the key.
 * `users_enriched` is one such table.
 */

/** A value in a row, independent of the database. */
export type Cell = string | boolean | number | bigint | null;

/** One column that the sink fills. */
export type Column = {
  readonly name: string;
  /** The PostgreSQL type as in `CREATE TABLE`. */
  readonly type: string;
  /** The collation as in `CREATE TABLE`, if it is not the default of the type. */
  readonly collation?: string | null;
  /** Most code points a value may have (`VARCHAR(n)`); absent when unlimited. */
  readonly limit?: number;
};

/** A column of type `varchar(limit)`. */
export const varchar = <Name extends string>(name: Name, limit: number) => ({ name, type: `varchar(${limit})`, limit });

/** Names of the three columns of a position (rule 9). */
export type PositionColumns = readonly [generation: string, major: string, minor: string];

/** Where the position of the newest event of each key is stored. An older event changes nothing (promise 3). */
export type Guard =
  /** In the row itself. A DELETE therefore keeps the row, with the values of the DELETE event: soft deletes. */
  | { readonly kind: 'columns'; readonly columns: PositionColumns }
  /**
   * In a guard table, whose row remains when the row of the table is deleted: hard deletes, and tables without extra columns.
   * The row may have position `columns` as well. They are for information only.
   */
  | { readonly kind: 'table'; readonly columns?: PositionColumns };

/** A table the sink can write. */
export type TableShape = {
  /** Unqualified name, found through the search path. */
  readonly name: string;
  /** The columns of a change, in the order of its cells, including the key. */
  readonly columns: readonly Column[];
  /** Names of the key columns. An update never sets them (rule 17). */
  readonly key: readonly string[];
  /** The column that gets the database's time of the merge, if there is one. */
  readonly mergedAt?: string;
  readonly guard: Guard;
};

/** How a DELETE is applied. `soft` marks the row as deleted. `hard` deletes it and keeps its position in a guard table. */
export type Deletes = 'soft' | 'hard';

/** Returns the table with this kind of deletes. */
export function withDeletes(table: TableShape, deletes: Deletes): TableShape {
  return deletes === 'soft' ? table : { ...table, guard: { ...table.guard, kind: 'table' } };
}

/** Returns the kind of deletes of a table. Hard deletes need a guard table, because a guard in the row would be deleted with it. */
export const deletesOf = ({ guard }: TableShape): Deletes => (guard.kind === 'table' ? 'hard' : 'soft');
