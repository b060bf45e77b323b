/**
 * What the sink must know of a table to write it: its columns in order, their PostgreSQL types and its key.
 * The sink writes any `TableShape`; `users_enriched` is one of them.
 */

/** A value of a row, whatever database it goes to. */
export type Cell = string | boolean | number | bigint | null;

/** One column as the sink fills it. */
export type Column = {
  readonly name: string;
  /** The PostgreSQL type as in `CREATE TABLE`. */
  readonly type: string;
  /** Its collation as in `CREATE TABLE`, where it is not that of the type. */
  readonly collation?: string | null;
  /** Most code points a value may have (`VARCHAR(n)`); absent when unlimited. */
  readonly limit?: number;
};

/** A column of type `varchar(limit)`. */
export const varchar = <Name extends string>(name: Name, limit: number) => ({ name, type: `varchar(${limit})`, limit });

/** Names of the three columns of a position (rule 9). */
export type PositionColumns = readonly [generation: string, major: string, minor: string];

/** Where the position of the newest event of each key is kept, so that an older one changes nothing (promise 3). */
export type Guard =
  /** In the row itself. A deleted row must stay for it, as an ordinary row of its DELETE event: soft deletes. */
  | { readonly kind: 'columns'; readonly columns: PositionColumns }
  /**
   * In a guard table beside it, which outlives the row: hard deletes, and tables that have no column to spare.
   * `columns` of the row show the position as well, where there are any; nothing relies on them.
   */
  | { readonly kind: 'table'; readonly columns?: PositionColumns };

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
  readonly guard: Guard;
};

/** What a DELETE does: the row stays and says so, or it goes and leaves its position in a guard table. */
export type Deletes = 'soft' | 'hard';

/** The table with its deletes done in this way. */
export function withDeletes(table: TableShape, deletes: Deletes): TableShape {
  return deletes === 'soft' ? table : { ...table, guard: { ...table.guard, kind: 'table' } };
}

/** How a table of this shape does its deletes: only a guard outside the row survives the row. */
export const deletesOf = ({ guard }: TableShape): Deletes => (guard.kind === 'table' ? 'hard' : 'soft');
