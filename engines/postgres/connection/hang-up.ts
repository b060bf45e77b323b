/** Ends a session whose server may have stopped answering. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** The longest wait for an orderly end. */
const endTimeoutMs = 2_000;

/** Ends the session; destroys its socket after two seconds without an answer. Never rejects. */
export async function hangUp(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(endTimeoutMs, undefined, { ref: false })]);
  client.connection.stream.destroy();
}
