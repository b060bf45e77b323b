/** Reads the stored progress of pipelines in PostgreSQL. */
import type { Bookkeeping } from '../bookkeeping.ts';
import { readCheckpoints } from './checkpoint/checkpoints.ts';
import { readHeldTables } from './checkpoint/held-tables.ts';
import { connect, type Database } from './connection/connection.ts';
import { hangUp } from './connection/hang-up.ts';
import { readDeadLetters } from './dead-letters/dead-letter-summary.ts';

/** Opens a connection for reading. */
export async function openBookkeeping(database: Database, name: string): Promise<Bookkeeping> {
  const client = await connect(database, name);
  return {
    now: async () => (await client.query<{ now: Date }>('select clock_timestamp() as now')).rows[0]?.now ?? new Date(0),
    checkpoints: (pipeline) => readCheckpoints(client, pipeline),
    heldTables: (pipeline) => readHeldTables(client, pipeline),
    deadLetters: (pipeline) => readDeadLetters(client, pipeline),
    close: () => hangUp(client),
  };
}
