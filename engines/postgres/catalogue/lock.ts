/** A lock under which only one process at a time creates tables. */
import type pg from 'pg';

/** Waits for the lock and holds it until the transaction ends. Empties search_path for the same time. */
export async function lockTables(client: pg.Client): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('sluice tables', 0)); set local search_path = ''`);
}
