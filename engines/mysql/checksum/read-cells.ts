/** Reads whole tables of MySQL and MariaDB as texts, as a stream. */
import type { Readable } from 'node:stream';
import type { Session } from '../connection/session.ts';

/** Rows that are handed on together. */
const batchRows = 1_000;

/**
 * Yields the rows of a query in batches.
 * @param sql its columns must be texts or numbers: `cast(… as char)`.
 */
export async function* readCells(
  session: Session,
  sql: string,
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  // The promise interface of the driver has no streams.
  const { connection } = session.connection as unknown as { connection: StreamingConnection };
  const stream = connection.query({ sql, rowsAsArray: true, typeCast: false }).stream({ highWaterMark: batchRows });
  let batch: (string | null)[][] = [];
  for await (const row of stream as AsyncIterable<readonly (Buffer | null)[]>) {
    batch.push(row.map((cell) => cell?.toString('utf8') ?? null));
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type StreamingConnection = {
  query(options: { readonly sql: string; readonly rowsAsArray: true; readonly typeCast: false }): {
    stream(options: { readonly highWaterMark: number }): Readable;
  };
};
