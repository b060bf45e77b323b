/** What becomes of the rows: a table, CSV or JSON. */
import { csvLine } from './csv.ts';
import type { Column, Receiver, Row } from './execute.ts';
import { jsonRows } from './json.ts';
import type { Output } from './output.ts';
import { view } from './view.ts';

/** Prints one result. `end` is called after the last row, only when there was a head. */
export type Printer = Receiver & {
  readonly end: () => void;
  /** Rows that were printed. */
  readonly shown: () => number;
};

/** Characters that a table may hold: its widths are known only when all rows are, so they are kept. */
const tableCharacters = 32 * 1024 * 1024;

/** How to print a table. */
export type TableOptions = {
  readonly maxRows: number;
  /** Leaves further rows at the server; else they are read and counted. */
  readonly stopEarly: boolean;
  /** Width of the terminal; null where there is none. */
  readonly columns: number | null;
  /** Another result stands above. */
  readonly follows: boolean;
};

/** A table of the first rows. */
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
      more ||= rows.length >= maxRows || characters > tableCharacters;
      if (more) return;
      rows.push(row);
      for (const value of row) characters += value?.length ?? 0;
    },
    ...(stopEarly ? { enough: () => more } : {}),
    end: () => output.write(`${follows ? '\n' : ''}${view(head, rows, columns).join('\n')}\n`),
    shown: () => rows.length,
  };
}

/** Every row as it comes; an empty line between results. */
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

/** One array for the result, a row a line. */
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
