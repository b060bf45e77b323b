/** Whether a pipeline writes to this server now. */
import { checkpointLock } from '../locks.ts';
import type { Session } from './session.ts';

/**
 * Ids of the sessions of its lanes. A session in a transaction is known by the lock of its checkpoint. An idle one is known only
 * where the server keeps the names of its sessions, which MariaDB does not by default (`performance_schema`). Sluice's tables must
 * exist.
 */
export async function writingSessions(session: Session, pipeline: string): Promise<readonly string[]> {
  const locked = await session.rows<{ id: string }>(
    `select distinct id from (
       select is_used_lock(${checkpointLock(session, 'c')}) as id from ${session.own('checkpoint')} c where c.pipeline = ?
     ) held where id is not null`,
    [pipeline],
  );
  const prefix = `sluice/${pipeline}/lane `;
  const named = await session.rows<{ id: string }>(
    `select processlist_id as id from performance_schema.session_account_connect_attrs
     where attr_name = 'program_name' and left(attr_value, char_length(?)) = ?`,
    [prefix, prefix],
  );
  return [...new Set([...locked, ...named].map(({ id }) => id))].sort((a, b) => Number(a) - Number(b));
}
