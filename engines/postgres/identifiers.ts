/** Identifiers of PostgreSQL in SQL. */
import pg from 'pg';
import type { SourceTable } from '../../schemas/table-name.ts';

/** An identifier in double quotes. */
export const quoted: (name: string) => string = pg.escapeIdentifier;

/** A table with its schema: `"public"."users"`. */
export const quotedTable = ({ schema, name }: SourceTable): string => `${quoted(schema)}.${quoted(name)}`;

/** Reserved words that need quotes as names of tables and columns. */
const keyword =
  /^(?:all|analyse|analyze|and|any|array|as|asc|both|case|cast|check|collate|column|constraint|create|current_\w+|default|desc|distinct|do|else|end|except|false|fetch|for|foreign|from|grant|group|having|in|initially|intersect|into|lateral|leading|limit|localtime|localtimestamp|not|null|offset|on|only|or|order|placing|primary|references|returning|select|session_user|some|symmetric|table|then|to|trailing|true|union|unique|user|using|variadic|when|where|window|with)$/;

/** An identifier in a statement for users, quoted only where PostgreSQL may need it. */
export const readable = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !keyword.test(name) ? name : quoted(name);
