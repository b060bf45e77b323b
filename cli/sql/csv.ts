/** Rows as CSV after RFC 4180: a head, CRLF, quotes where they are needed. NULL is nothing, the empty text is `""`. */
import type { Row } from './execute.ts';

const cell = (value: string | null): string => {
  if (value === null) return '';
  return value === '' || /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};

/** One record with its line end. */
export const csvLine = (row: Row): string => `${row.map(cell).join(',')}\r\n`;
