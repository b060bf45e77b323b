/**
 * An extension may be in another schema at the target than at the source: a user or a provider may have installed it
 * there. Definitions name its types, functions and operators with the schema of the source.
 */
import type pg from 'pg';
import type { Need } from './needs.ts';
import { queryCatalogue } from './query-catalogue.ts';

/** Replaces the schemas of extension members in a definition by the target's. */
export type Relocate = (sql: string) => string;

/** Members by `schema.name`, without names that are ambiguous because a relation of the source has the same name. */
const members = `
  select quote_ident(e.extname) as extension, quote_ident(o.schema) || '.' || o.name as member, o.name
  from pg_extension e
  join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
  cross join lateral (
    select n.nspname as schema, m.name from (
      select typnamespace, quote_ident(typname) from pg_type where d.classid = 'pg_type'::regclass and oid = d.objid
      union all select pronamespace, quote_ident(proname) from pg_proc where d.classid = 'pg_proc'::regclass and oid = d.objid
      union all select oprnamespace, oprname from pg_operator where d.classid = 'pg_operator'::regclass and oid = d.objid
      union all select opcnamespace, quote_ident(opcname) from pg_opclass where d.classid = 'pg_opclass'::regclass and oid = d.objid
      union all select collnamespace, quote_ident(collname) from pg_collation where d.classid = 'pg_collation'::regclass and oid = d.objid
    ) m (namespace, name) join pg_namespace n on n.oid = m.namespace) o
  where quote_ident(e.extname) = any ($1) and not exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = o.schema and quote_ident(c.relname) = o.name)`;

const places = `
  select quote_ident(extname) as extension, quote_ident(nspname) as schema
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace`;

/** A literal, which stays; or a qualified name of an identifier or an operator. */
const named = /'(?:[^']|'')*'|((?:"(?:[^"]|"")*"|[\w$]+)\.(?:"(?:[^"]|"")*"|[\w$]+|[-+*/<>=~!@#%^&|`?]+))/g;

/** Compares the schemas of the extensions in `needs` and returns the function that adapts definitions. */
export async function readRelocation(source: pg.Client, target: pg.Client, needs: readonly Need[]): Promise<Relocate> {
  const { rows } = await target.query<{ extension: string; schema: string }>(places);
  const there = new Map(rows.map(({ extension, schema }) => [extension, schema]));
  const moved = needs.flatMap(({ kind, name, schema }) => {
    const now = there.get(name);
    return kind === 'extension' && now !== undefined && now !== schema ? [name] : [];
  });
  if (moved.length === 0) return (sql) => sql;
  const found = await queryCatalogue<{ extension: string; member: string; name: string }>(source, members, [moved]);
  const names = new Map(
    found.map(({ extension, member, name }) => [member, `${there.get(extension) ?? 'public'}.${name}`]),
  );
  return (sql) => sql.replace(named, (text, name?: string) => (name === undefined ? text : (names.get(name) ?? text)));
}
