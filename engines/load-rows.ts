/** What the targets of a load share: finding the rows that a database refuses, and comparing chunks with the ledger. */
import { PipelineError } from '../pipeline/errors.ts';
import type { Chunk, KeyBound } from './load.ts';

/** The text of a key in the ledger. */
export const keyText = (bound: KeyBound | null): string | null => (bound === null ? null : JSON.stringify(bound));

/** The key of a text in the ledger. */
export const keyOfText = (text: string | null): KeyBound | null => (text === null ? null : JSON.parse(text));

/**
 * Throws `load_running` if the ledger has this chunk with other bounds or of another source. Its rows are then not those of
 * the chunk, and the rows between both bounds would be lost.
 */
export function requireSameChunk(
  { source, table, number, after, upTo }: Chunk,
  entry: { readonly source: string; readonly after: string | null; readonly upTo: string | null },
): void {
  if (entry.source === source && entry.after === keyText(after) && entry.upTo === keyText(upTo)) return;
  throw new PipelineError(
    'load_running',
    `another load has written part ${number} of ${table.schema}.${table.name} meanwhile`,
    { advice: 'Start this one again; it continues with what is missing.' },
  );
}

/** A table that has rows of which the ledger knows nothing. `qualified` is its name in the target's SQL. */
export const tableNotEmpty = (qualified: string): PipelineError =>
  new PipelineError(
    'table_not_empty',
    `the table ${qualified} of the target has rows, of which the load knows nothing`,
    { advice: `Empty it: TRUNCATE TABLE ${qualified};` },
  );

/** A table that has none of the rows that the ledger has. `forget` is the statement that removes its entries. */
export const loadedRowsMissing = (qualified: string, rows: number, forget: string): PipelineError =>
  new PipelineError('loaded_rows_missing', `${rows} rows of ${qualified} were loaded before, and the table is empty`, {
    advice: `To load it again: ${forget};`,
  });

/** Writes rows, all or none. Rejects with the database's error. */
export type WriteRows<Row> = (rows: readonly Row[]) => Promise<void>;

/**
 * Writes all rows except those that the database refuses, by halving the batch. Returns the refused rows with their errors. An error that
 * is not about a row is thrown.
 */
export async function writeBisecting<Row>(
  rows: readonly Row[],
  write: WriteRows<Row>,
  isOfRow: (error: unknown) => boolean,
): Promise<readonly { readonly row: Row; readonly error: unknown }[]> {
  const [first] = rows;
  if (first === undefined) return [];
  try {
    await write(rows);
    return [];
  } catch (error) {
    if (!isOfRow(error)) throw error;
    if (rows.length === 1) return [{ row: first, error }];
  }
  const middle = rows.length >> 1;
  return [
    ...(await writeBisecting(rows.slice(0, middle), write, isOfRow)),
    ...(await writeBisecting(rows.slice(middle), write, isOfRow)),
  ];
}
