/**
 * A table's name with its schema as one text, for messages, rules and Sluice's own tables, where it must be unique. A part that contains a
 * point or a double quote is quoted as in SQL: `"a.b".c` and `a."b.c"` are two tables. Case is significant with and without quotes.
 */

/** A table as its source names it. */
export type SourceTable = { readonly schema: string; readonly name: string };

const part = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** `schema.table`. */
export const tableName = ({ schema, name }: SourceTable): string => `${part(schema)}.${part(name)}`;

const named = /^(?:"((?:[^"]|"")+)"|([^".][^.]*))\.(?:"((?:[^"]|"")+)"|([^"].*))$/su;

/**
 * Parses such a name; undefined if it is invalid. Without quotes, all points after the first belong to the name of the table, as people
 * usually write it.
 */
export function parseTableName(text: string): SourceTable | undefined {
  const [, quotedSchema, schema = quotedSchema?.replaceAll('""', '"'), quotedName, name] = named.exec(text) ?? [];
  const table = name ?? quotedName?.replaceAll('""', '"');
  return schema === undefined || table === undefined ? undefined : { schema, name: table };
}
