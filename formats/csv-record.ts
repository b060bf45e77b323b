/**
 * One record of a CSV file to its cells, as RFC 4180 has it: cells between delimiters, quoted where they hold a delimiter,
 * a quote or a line break, a quote inside quotes doubled. Spaces belong to their cell.
 */
import { Rejection } from '../schemas/rejection.ts';

const quote = '"';

/** The cells of a record without its line end. A cell that goes on behind its closing quote is refused. */
export function csvCells(record: string, delimiter: string): string[] | Rejection {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === quote) {
      const end = closingQuote(record, at + 1);
      if (end < 0) return refuse(cells.length, 'its quote is never closed');
      cells.push(record.slice(at + 1, end).replaceAll('""', quote));
      at = end + 1;
      if (at < record.length && record[at] !== delimiter)
        return refuse(cells.length - 1, 'text follows its closing quote');
    } else {
      const end = record.indexOf(delimiter, at);
      cells.push(record.slice(at, end < 0 ? record.length : end));
      at = end < 0 ? record.length : end;
    }
    if (at >= record.length) return cells;
    at += 1;
  }
}

/** Index of the quote that closes a cell whose text begins at `from`; -1 when there is none. */
function closingQuote(record: string, from: number): number {
  for (let end = record.indexOf(quote, from); end >= 0; end = record.indexOf(quote, end + 2)) {
    if (record[end + 1] !== quote) return end;
  }
  return -1;
}

const refuse = (index: number, why: string): Rejection =>
  new Rejection('malformed_csv', `value ${index + 1} of the CSV record: ${why}`);
