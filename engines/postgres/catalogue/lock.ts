/** One process at a time alters what tables there are. */
import type pg from 'pg';

/** Waits for the others, until the end of the transaction. From here on no name is searched for in a path. */
export async function lockTables(client: pg.Client): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('sluice tables', 0)); set local search_path = ''`);
}
