/** Whether a pipeline writes into this database at the moment: by the sessions of its lanes, whatever its source is. */
import type pg from 'pg';
import { laneSessions } from '../checkpoint/former-owner.ts';

/** Numbers of the server processes that serve its lanes; empty when none is connected. */
export async function writingSessions(client: pg.Client, pipeline: string): Promise<readonly number[]> {
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and application_name = any ($1) order by pid',
    [laneSessions(pipeline)],
  );
  return rows.map(({ pid }) => pid);
}
