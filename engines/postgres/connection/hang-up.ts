/** Ends a session whose server may not answer any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Milliseconds that saying goodbye may take. */
const goodbyeLimit = 2_000;

/** Ends the session. A server that no longer answers is not waited for longer than two seconds. Never rejects. */
export async function hangUp(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(goodbyeLimit, undefined, { ref: false })]);
  client.connection.stream.destroy();
}
