/**
 * Names of the columns of a CSV file, carried by each of its records as a header: so a dead letter, which keeps the record
 * as it stands in the file, says what its values mean.
 */
import type { Header, RecordHeaders } from './change.ts';

const headerName = Buffer.from('csv.columns');

/** The names, held once for all records of a file. */
export class CsvColumns implements RecordHeaders {
  readonly names: readonly string[];
  /** All records share it, so none of them costs memory for it. */
  readonly bytes = 0;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  list(): readonly Header[] {
    return [[headerName, Buffer.from(JSON.stringify(this.names))]];
  }
}
