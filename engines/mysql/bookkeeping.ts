/** Reads the stored progress of pipelines in MySQL and MariaDB. */
import { type Bookkeeping, noDeadLetters, noGaps, type ReplicaGaps } from '../bookkeeping.ts';
import { readCheckpoints, readHeldTables } from './checkpoint/checkpoints.ts';
import { listPipelines } from './checkpoint/pipelines.ts';
import type { MysqlDatabase } from './connection/database.ts';
import { openSession } from './connection/open-session.ts';
import type { Session } from './connection/session.ts';
import { readDeadLetters, readParkedShares } from './dead-letters/summary.ts';
import { pipelineAdmin } from './pipeline-admin.ts';
import { readDeferredRows } from './replica/deferred-rows/deferred-rows.ts';
import { readUnreconciled } from './replica/snapshots/snapshot-states.ts';
import { hasTable, requireCurrentSchema } from './schema/schema-state.ts';
import { dateOf } from './times.ts';

/** Opens a session for reading. */
export const openBookkeeping = async (database: MysqlDatabase, name: string): Promise<Bookkeeping> =>
  bookkeepingOn(database, await openSession(database, name));

/** Reads over an open session, which `close` ends. */
export function bookkeepingOn(database: MysqlDatabase, session: Session): Bookkeeping {
  const ifThere = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> =>
    (await hasTable(session, 'checkpoint')) ? await read() : otherwise;
  return {
    now: async () =>
      dateOf((await session.cells('select utc_timestamp(6)'))[0]?.[0]?.toString() ?? null) ?? new Date(0),
    requireCurrentSchema: () => requireCurrentSchema(session),
    pipelines: () => ifThere(() => listPipelines(session), []),
    checkpoints: (pipeline) => ifThere(() => readCheckpoints(session, pipeline), []),
    heldTables: (pipeline) => ifThere(() => readHeldTables(session, pipeline), []),
    deadLetters: (pipeline) => ifThere(() => readDeadLetters(session, pipeline), noDeadLetters),
    parkedShares: (pipeline) => ifThere(() => readParkedShares(session, pipeline), []),
    gaps: (pipeline) => ifThere(() => readGaps(session, pipeline), noGaps),
    admin: pipelineAdmin(database, session),
    close: () => session.end(),
  };
}

const readGaps = async (session: Session, pipeline: string): Promise<ReplicaGaps> => ({
  deferred: await readDeferredRows(session, pipeline),
  unreconciled: await readUnreconciled(session, pipeline),
  // Foreign keys are not checked in Sluice's sessions, and no trigger is disabled.
  disabled: noGaps.disabled,
});
