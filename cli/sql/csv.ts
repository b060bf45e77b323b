/** Rows as CSV by RFC 4180: a header, CRLF, quotes where needed. NULL is an empty cell, the empty text is `""`. */
import type { Row } from '../../engines/sql-session.ts';

/**
 * Cells that need quotes: with separators or quotes, with outer white space that readers trim, or with a leading backslash.
 * `\.` alone on a line ends the data for psql's `\copy`, and `\N` is NULL for MySQL and ClickHouse.
 */
const special = /[",\r\n]|^[\s\\]|\s$/;

const cell = (value: string | null): string => {
  if (value === null) return '';
  return value === '' || special.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};

/** Returns one record with its line end. */
export const csvLine = (row: Row): string => `${row.map(cell).join(',')}\r\n`;
