/** Locks of a load. They belong to sessions, so the end of a process releases them. */
import type pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';

const loadKey = `hashtextextended('sluice load', 0)`;
const writersKey = `hashtextextended('sluice load writers', 0)`;

/** SQLSTATE lock_not_available. */
const lockNotAvailable = '55P03';

/**
 * Keeps other loads away. Waits for the sessions of a former load, whose process may be gone while a chunk still commits: the
 * ledger is complete only after that. Throws `load_running`.
 */
export async function lockLoad(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${loadKey}) as taken`);
  if (rows[0]?.taken !== true) throw loadRunning();
  try {
    await client.query(`select pg_advisory_lock(${writersKey})`);
  } catch (error) {
    throw (error as { code?: string }).code === lockNotAvailable ? loadRunning() : error;
  }
  await client.query(`select pg_advisory_unlock(${writersKey})`);
}

/** Makes the next load wait for the end of this session, which writes chunks. */
export async function markWriter(client: pg.Client): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(${writersKey})`);
}

const loadRunning = (): PipelineError =>
  new PipelineError('load_running', 'another load writes to this database', {
    advice: 'Wait for it, or end it. A load that was killed ends with its session, within a minute.',
  });
