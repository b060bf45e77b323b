/** Printers of results: table, CSV and JSON. */

import type { Column, Receiver, Row } from '../../engines/sql-session.ts';
import { csvLine } from './csv.ts';
import { jsonRows } from './json.ts';
import type { Output } from './output.ts';
import { view } from './view.ts';

/** Prints one result. `end` is called after the last row, only if `head` was called. */
export type Printer = Receiver & {
  readonly end: () => void;
  /** Returns the number of printed rows. */
  readonly shown: () => number;
};

/** Most characters of a table. All rows are kept in memory, because the column widths depend on them. */
const maxTableCharacters = 32 * 1024 * 1024;

/** Options of a table. */
export type TableOptions = {
  readonly maxRows: number;
  /** Stops reading after the shown rows. Otherwise further rows are read and counted. */
  readonly stopEarly: boolean;
  /** Columns of the terminal; null without a terminal. */
  readonly columns: number | null;
  /** Another result was printed before. */
  readonly follows: boolean;
};

/** Prints a table of the first rows. */
export function tablePrinter(output: Output, { maxRows, stopEarly, columns, follows }: TableOptions): Printer {
  let head: readonly Column[] = [];
  const rows: Row[] = [];
  let characters = 0;
  let more = false;
  return {
    head: (names) => {
      head = names;
    },
    row: (row) => {
      more ||= rows.length >= maxRows || characters > maxTableCharacters;
      if (more) return;
      rows.push(row);
      for (const value of row) characters += value?.length ?? 0;
    },
    ...(stopEarly ? { stop: { maxRows, enough: () => more } } : {}),
    end: () => output.write(`${follows ? '\n' : ''}${view(head, rows, columns).join('\n')}\n`),
    shown: () => rows.length,
  };
}

/** Prints every row as it arrives, with an empty line between results. */
export function csvPrinter(output: Output, follows: boolean): Printer {
  let shown = 0;
  return {
    head: (columns) => output.write(`${follows ? '\r\n' : ''}${csvLine(columns.map(({ name }) => name))}`),
    row: (row) => {
      shown += 1;
      output.write(csvLine(row));
    },
    end: () => undefined,
    shown: () => shown,
  };
}

/** Prints one array per result, with one row per line. */
export function jsonPrinter(output: Output): Printer {
  let shown = 0;
  let toJson: (row: Row) => string = () => '';
  return {
    head: (columns) => {
      toJson = jsonRows(columns);
      output.write('[');
    },
    row: (row) => {
      output.write(`${shown === 0 ? '\n' : ',\n'}${toJson(row)}`);
      shown += 1;
    },
    end: () => output.write(shown === 0 ? ']\n' : '\n]\n'),
    shown: () => shown,
  };
}
