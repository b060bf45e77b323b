/** Checks the columns of a CSV file against a map, so that a misspelt column ends the run before a row is read. */
import type { CsvFormat } from '../../adapters/file/csv-splitter.ts';
import type { UserMap } from '../../formats/flat/mapped/user-map.ts';
import { didYouMean } from '../../pipeline/did-you-mean.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { OrderBy } from '../../schemas/order-by.ts';

/** Returns the CSV layout of a map, with the check of its columns; undefined for JSON. */
export function csvFormat(map: UserMap | undefined, orderBy: OrderBy): CsvFormat | undefined {
  if (!map?.csv) return undefined;
  return { ...map.csv, accept: (columns) => checkColumns(map, columns, orderBy) };
}

/** Throws `map_mismatch` if a column of the map, or one that every event needs, is missing or ambiguous. */
export function checkColumns({ rules, csv }: UserMap, columns: readonly string[], orderBy: OrderBy): void {
  const delimiter = csv?.delimiter ?? ',';
  const [only = ''] = columns;
  if (/^[{[]/.test(only))
    throw mismatch('the file looks like JSON, but the map is for CSV', 'Leave "format": "csv" out of the map.');
  const other = columns.length === 1 ? [',', ';', '\t', '|'].find((one) => only.includes(one)) : undefined;
  if (other !== undefined && other !== delimiter) {
    throw mismatch(
      `the first line of the file has no ${JSON.stringify(delimiter)}, but ${JSON.stringify(other)}`,
      `Add "delimiter": ${JSON.stringify(other)} to the map.`,
    );
  }
  for (const { from, target, isMapped } of rules) {
    if (from === null) continue;
    const count = columns.filter((name) => name === from).length;
    if (count > 1) throw mismatch(`the file has ${count} columns named '${from}' (fields.${target})`, renameColumn);
    if (count === 0 && isMapped) {
      throw mismatch(
        `the file has no column '${from}' (fields.${target})${didYouMean(from, columns)}`,
        `Its columns: ${columns.join(', ')}`,
      );
    }
    const ordering = { sequence: 'cdc_sequence', timestamp: 'cdc_timestamp', offset: 'id', lsn: 'id' }[orderBy];
    if (count === 0 && (target === 'id' || target === ordering)) {
      const order =
        target === 'id' ? '' : '; or set "orderBy": "offset" to order the rows by their position in the file';
      throw mismatch(
        `the file has no column '${from}', and every event needs one${didYouMean(from, columns)}`,
        `Name the column in the map: "fields": {"${target}": "…"}${order}. Its columns: ${columns.join(', ')}`,
      );
    }
  }
}

const renameColumn = 'Rename one of them in the first line of the file.';

const mismatch = (message: string, advice: string): PipelineError =>
  new PipelineError('map_mismatch', message, { advice });
