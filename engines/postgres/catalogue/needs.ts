/** Objects that must exist before tables can be created: schemas, extensions, types, collations, sequences, tables, code. */
import type pg from 'pg';
import { needsQuery } from './needs-query.ts';
import { queryCatalogue } from './query-catalogue.ts';

/** One object that a table needs, by the catalogue of the source. */
export type Need = {
  /** Sluice does not copy `code`: functions, operators, aggregates, base types, views whose row type is used. */
  readonly kind: 'schema' | 'extension' | 'code' | 'collation' | 'type' | 'sequence' | 'table';
  /** In words: `function public.next_code()`. */
  readonly what: string;
  /** As SQL names it. */
  readonly name: string;
  /** The object that needs it, in words: `the default of public.inv.code`. */
  readonly by: string;
  /** Qualified names of the tables that need it, directly or indirectly. */
  readonly roots: readonly string[];
  /** Its address, for `pg_get_object_address`. */
  readonly type: string;
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** The schema of an extension, quoted. */
  readonly schema: string | null;
  /** Whether `pg_get_functiondef` can print it. */
  readonly isFunction: boolean;
  /** Whether a function needs it. */
  readonly forCode: boolean;
  /** The statement that creates it; null for tables and code. */
  readonly create: string | null;
  /** The column that owns a sequence. */
  readonly owner: { readonly table: string; readonly column: string } | null;
};

/**
 * The objects that the tables need, in the order in which they have to be created.
 * @param tables qualified names, quoted as SQL needs it.
 */
export const readNeeds = (source: pg.Client, tables: readonly string[]): Promise<readonly Need[]> =>
  queryCatalogue<Need>(source, needsQuery, [tables]);
