/**
 * Named locks of a server (`GET_LOCK`). They belong to a session, not to a transaction. Sluice takes them for changes of its
 * schema and for claims, and to find the session that holds the lock of a row, which needs no privilege.
 */
import { createHash } from 'node:crypto';
import { escape as literal } from 'mysql2';
import type { Session } from './connection/session.ts';

/** MySQL refuses names over 64 characters, so that a hash stands for what is locked. */
const hashLength = 32;

/** The lock of a change of the schema, or of a claim. Databases of one server share their locks. */
export function lockName(session: Session, kind: 'schema' | 'claim' | 'load', ...parts: readonly string[]): string {
  const hash = createHash('sha256').update([session.bookkeeping, ...parts].join('\n'));
  return `sluice/${kind}/${hash.digest('hex').slice(0, hashLength)}`;
}

/** SQL for the name of the lock of a checkpoint, which the session that has locked its row also takes. */
export const checkpointLock = (session: Session, alias: string): string =>
  `concat('sluice/checkpoint/', left(sha2(concat_ws('\\n', ${literal(session.bookkeeping)}, ${alias}.pipeline, ${alias}.topic, ${alias}.\`partition\`), 256), ${hashLength}))`;

/** Takes a lock. Throws an error that is retried if another session keeps it for longer than `limitMs`. */
export async function takeLock(session: Session, name: string, limitMs: number): Promise<void> {
  const [row] = await session.rows<{ taken: string | null }>('select get_lock(?, ?) as taken', [name, limitMs / 1000]);
  if (row?.taken === '1') return;
  // The error that the server raises for the lock of a row.
  throw Object.assign(new Error(`the lock ${name} was not free within ${limitMs} ms`), { errno: 1205 });
}

/** Releases a lock that this session holds. */
export async function releaseLock(session: Session, name: string): Promise<void> {
  await session.run('do release_lock(?)', [name]);
}
