/**
 * The column names of a CSV file, which each of its records carries as a header. A dead letter contains the line of the file,
 * and the header names its values.
 */
import type { Header, RecordHeaders } from './change.ts';

const headerName = Buffer.from('csv.columns');

/** The names, shared by all records of a file. */
export class CsvColumns implements RecordHeaders {
  readonly names: readonly string[];
  /** 0, because all records share the names. */
  readonly bytes = 0;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  list(): readonly Header[] {
    return [[headerName, Buffer.from(JSON.stringify(this.names))]];
  }
}
