/** What tables need before they can be made: schemas, extensions, types, collations, sequences, other tables, and code. */
import type pg from 'pg';
import { needsQuery } from './needs-query.ts';
import { queryCatalogue } from './query-catalogue.ts';

/** One object that a table needs, by the catalogue of the source. */
export type Need = {
  /** `code` is what Sluice does not copy: functions, operators, aggregates, base types, views whose rows are a type. */
  readonly kind: 'schema' | 'extension' | 'code' | 'collation' | 'type' | 'sequence' | 'table';
  /** In words: `function public.next_code()`. */
  readonly what: string;
  /** As SQL names it. */
  readonly name: string;
  /** In words, what needs it: `the default of public.inv.code`. */
  readonly by: string;
  /** Qualified names of the tables that need it, one way or another. */
  readonly roots: readonly string[];
  /** Its address, for `pg_get_object_address`. */
  readonly type: string;
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** The schema of an extension, quoted. */
  readonly schema: string | null;
  /** Whether `pg_get_functiondef` knows it. */
  readonly isFunction: boolean;
  /** Whether a function needs it. */
  readonly forCode: boolean;
  /** The statement that makes it; null for tables and code. */
  readonly create: string | null;
  /** The column that owns a sequence. */
  readonly owner: { readonly table: string; readonly column: string } | null;
};

/**
 * Everything that the tables, qualified names as SQL takes them, need from outside themselves; nothing that no table
 * needs. What others need comes first.
 */
export const readNeeds = (source: pg.Client, tables: readonly string[]): Promise<readonly Need[]> =>
  queryCatalogue<Need>(source, needsQuery, [tables]);
