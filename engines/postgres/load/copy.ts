/** COPY … FROM STDIN over an open connection. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/**
 * Sends chunks of rows in COPY's text format, with backpressure. Returns the number of rows. Throws the server's error, or
 * the one of `rows` after it has ended COPY.
 */
export async function copyInto(
  client: pg.Client,
  statement: string,
  rows: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<number> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  let refusal: unknown;
  // Rejects also while the loop waits for rows, so it must not be an unhandled rejection.
  done.catch((error: unknown) => {
    refusal = error;
  });
  try {
    for await (const chunk of rows) if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), done]);
  } catch (error) {
    if (refusal !== undefined) throw refusal;
    // `rows` failed. Without this the server would wait for rows, and the session could not be used again.
    stream.destroy(error instanceof Error ? error : undefined);
    await done.catch(() => undefined);
    throw error;
  }
  stream.end();
  await done;
  return stream.rowCount;
}
