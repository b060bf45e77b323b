/** COPY … FROM STDIN over an open connection. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Sends rows in COPY's text format, in pieces, no faster than the connection takes them. */
export async function copyInto(client: pg.Client, statement: string, rows: Iterable<Buffer>): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // Whoever leaves this loop by another error has told of that one.
  done.catch(() => undefined);
  for (const piece of rows) if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), done]);
  stream.end();
  await done;
}
