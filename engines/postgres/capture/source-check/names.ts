/** Names of the source as its statements need them. */
import type { TableName } from '../connector-config.ts';

/** An identifier in double quotes. */
export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** An identifier, quoted where PostgreSQL needs that or may need it. */
const quoteIfNeeded = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !keyword.test(name) ? name : quote(name);

/** Reserved words that people give to tables and columns. */
const keyword =
  /^(?:all|analyse|analyze|and|any|array|as|asc|both|case|cast|check|collate|column|constraint|create|current_\w+|default|desc|distinct|do|else|end|except|false|fetch|for|foreign|from|grant|group|having|in|initially|intersect|into|lateral|leading|limit|localtime|localtimestamp|not|null|offset|on|only|or|order|placing|primary|references|returning|select|session_user|some|symmetric|table|then|to|trailing|true|union|unique|user|using|variadic|when|where|window|with)$/;

/** A column in a statement. */
export const column = quoteIfNeeded;

/** `schema.table` in a statement. */
export const quoted = ({ schema, table }: TableName): string => [schema, table].map(quoteIfNeeded).join('.');

/** Several tables in one statement. */
export const several = (tables: readonly TableName[]): string => tables.map(quoted).join(', ');
