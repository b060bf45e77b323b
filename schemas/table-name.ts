/**
 * The name of a table with its schema in one unique text, for messages, rules and Sluice's own tables. A part that contains a dot or a
 * double quote is quoted as in SQL: `"a.b".c` and `a."b.c"` are two tables. Case is significant with and without quotes.
 */

/** A table as its source names it. */
export type SourceTable = { readonly schema: string; readonly name: string };

const quotedPart = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** `schema.table`. */
export const tableName = ({ schema, name }: SourceTable): string => `${quotedPart(schema)}.${quotedPart(name)}`;

const qualifiedName = /^(?:"((?:[^"]|"")+)"|([^".][^.]*))\.(?:"((?:[^"]|"")+)"|([^"].*))$/su;

/**
 * Parses a name that `tableName` returned, or that a person wrote; undefined if it is invalid. In an unquoted name only the first dot
 * separates schema and table: `a.b.c` is the table `b.c` in the schema `a`.
 */
export function parseTableName(text: string): SourceTable | undefined {
  const [, quotedSchema, schema = quotedSchema?.replaceAll('""', '"'), quotedName, name] =
    qualifiedName.exec(text) ?? [];
  const table = name ?? quotedName?.replaceAll('""', '"');
  return schema === undefined || table === undefined ? undefined : { schema, name: table };
}
