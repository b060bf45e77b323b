/**
 * A table's name with its schema, as one text: in messages, in rules, and in Sluice's own books, where it has to be the
 * name of one table only. So a part that holds a point or a double quote is put in double quotes, as SQL does it:
 * `"a.b".c` and `a."b.c"` are two. Capitals are what they are, quoted or not.
 */
/** A table as its source names it. */
export type SourceTable = { readonly schema: string; readonly name: string };

const part = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** `schema.table`. */
export const tableName = ({ schema, name }: SourceTable): string => `${part(schema)}.${part(name)}`;

const named = /^(?:"((?:[^"]|"")+)"|([^".][^.]*))\.(?:"((?:[^"]|"")+)"|([^"].*))$/su;

/**
 * The table of such a name; undefined for what is none. Points behind the first, if nothing is in quotes, belong to the
 * table: that is how people write it.
 */
export function parseTableName(text: string): SourceTable | undefined {
  const [, quotedSchema, schema = quotedSchema?.replaceAll('""', '"'), quotedName, name] = named.exec(text) ?? [];
  const table = name ?? quotedName?.replaceAll('""', '"');
  return schema === undefined || table === undefined ? undefined : { schema, name: table };
}
