/** COPY … FROM STDIN over an open connection. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Sends chunks of rows in COPY's text format, with backpressure. */
export async function copyInto(client: pg.Client, statement: string, rows: Iterable<Buffer>): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // If the loop throws another error, this one must not be an unhandled rejection.
  done.catch(() => undefined);
  for (const chunk of rows) if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), done]);
  stream.end();
  await done;
}
