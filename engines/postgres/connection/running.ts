/** Whether a pipeline writes to this database now, by the sessions of its lanes. */
import type pg from 'pg';
import { laneSessions } from '../checkpoint/former-owner.ts';

/** Ids of the server processes of its lanes; empty if none is connected. */
export async function writingSessions(client: pg.Client, pipeline: string): Promise<readonly number[]> {
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and application_name = any ($1) order by pid',
    [laneSessions(pipeline)],
  );
  return rows.map(({ pid }) => pid);
}
