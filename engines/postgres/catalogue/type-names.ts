/** The types of a server, found by the names that Debezium reports: in capitals, with or without schema. */
import type pg from 'pg';
import { queryCatalogue } from './query-catalogue.ts';

/** A type of the server. */
export type KnownType = {
  readonly schema: string;
  readonly name: string;
  /** Its name in SQL, with its schema unless that is pg_catalog. */
  readonly sql: string;
};

/** The types of a server, by their names in lower case. */
export type KnownTypes = ReadonlyMap<string, readonly KnownType[]>;

/** Without row types of tables, and without arrays, which are named by their elements. */
const query = `
  select n.nspname as schema, t.typname as name, t.oid::regtype::text as sql
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where t.typcategory <> 'A' and n.nspname not in ('information_schema', 'pg_toast', 'sluice')
    and (t.typtype in ('b', 'e', 'd', 'r', 'm')
         or (t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
  order by 1, 2`;

/** Reads the types of the server. */
export async function readTypeNames(client: pg.Client): Promise<KnownTypes> {
  const types = new Map<string, KnownType[]>();
  for (const type of await queryCatalogue<KnownType>(client, query, [])) {
    const name = type.name.toLowerCase();
    types.set(name, [...(types.get(name) ?? []), type]);
  }
  return types;
}

const qualifiedName = /^"((?:[^"]|"")*)"\."((?:[^"]|"")*)"$/;
const unquoted = (name: string): string => name.replaceAll('""', '"');

/**
 * The type of that name. Looks for a name without schema in pg_catalog, in the schema `near`, in `public`, and then in
 * all other schemas. Returns null if there is no such type, or more than one.
 */
export function findType(types: KnownTypes, declared: string, near: string): KnownType | null {
  const [, schema, name = declared] = qualifiedName.exec(declared) ?? [];
  const found = types.get(unquoted(name).toLowerCase()) ?? [];
  if (schema !== undefined)
    return only(found.filter((one) => one.schema.toLowerCase() === unquoted(schema).toLowerCase()));
  for (const place of ['pg_catalog', near, 'public']) {
    const here = found.filter((one) => one.schema === place);
    if (here.length > 0) return only(here);
  }
  return only(found);
}

const only = (found: readonly KnownType[]): KnownType | null => (found.length === 1 ? (found[0] ?? null) : null);
