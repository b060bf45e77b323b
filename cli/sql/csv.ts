/** Rows as CSV after RFC 4180: a head, CRLF, quotes where they are needed. NULL is nothing, the empty text is `""`. */
import type { Row } from './execute.ts';

/**
 * What needs quotes: separators and quotes, white space that readers trim, and a backslash at the start, since `\.` alone on a
 * line ends the data for psql's `\copy`, and `\N` is NULL for MySQL and ClickHouse.
 */
const special = /[",\r\n]|^[\s\\]|\s$/;

const cell = (value: string | null): string => {
  if (value === null) return '';
  return value === '' || special.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};

/** One record with its line end. */
export const csvLine = (row: Row): string => `${row.map(cell).join(',')}\r\n`;
