/**
 * Splits one CSV record into its cells (RFC 4180): cells between delimiters, quoted if they contain a delimiter, a quote or a line break;
 * a quote inside quotes is doubled. Spaces belong to their cell.
 */
import { Rejection } from '../schemas/rejection.ts';

const quote = '"';

/** The cells of a record without its line end. A cell with text after its closing quote is rejected. */
export function csvCells(record: string, delimiter: string): string[] | Rejection {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === quote) {
      const end = closingQuote(record, at + 1);
      if (end < 0) return malformed(cells.length, 'its quote is never closed');
      cells.push(record.slice(at + 1, end).replaceAll('""', quote));
      at = end + 1;
      if (at < record.length && record[at] !== delimiter)
        return malformed(cells.length - 1, 'text follows its closing quote');
    } else {
      const end = record.indexOf(delimiter, at);
      cells.push(record.slice(at, end < 0 ? record.length : end));
      at = end < 0 ? record.length : end;
    }
    if (at >= record.length) return cells;
    at += 1;
  }
}

/** Index of the quote that closes a cell whose text begins at `from`; -1 if there is none. */
function closingQuote(record: string, from: number): number {
  for (let end = record.indexOf(quote, from); end >= 0; end = record.indexOf(quote, end + 2)) {
    if (record[end + 1] !== quote) return end;
  }
  return -1;
}

const malformed = (index: number, why: string): Rejection =>
  new Rejection('malformed_csv', `value ${index + 1} of the CSV record: ${why}`);
