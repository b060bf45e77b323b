/** Reads the stored progress of pipelines in PostgreSQL. */
import type pg from 'pg';
import { type Bookkeeping, noGaps, type ReplicaGaps } from '../bookkeeping.ts';
import { readCheckpoints } from './checkpoint/checkpoints.ts';
import { readHeldTables } from './checkpoint/held-tables.ts';
import { listPipelines } from './checkpoint/pipelines.ts';
import { connect, type Database } from './connection/connection.ts';
import { hangUp } from './connection/hang-up.ts';
import { readDeadLetters, readParkedShares } from './dead-letters/dead-letter-summary.ts';
import { pipelineAdmin } from './pipeline-admin.ts';
import { countDisabledConstraints } from './replica/constraints/disable.ts';
import { readDeferredRows } from './replica/deferred-rows/deferred-rows.ts';
import { readUnreconciled } from './replica/snapshots/snapshot-states.ts';
import { requireCurrentSchema } from './schema/schema-state.ts';

/** Opens a connection for reading. */
export const openBookkeeping = async (database: Database, name: string): Promise<Bookkeeping> =>
  bookkeepingOn(database, await connect(database, name));

/** Reads over an open connection, which `close` ends. */
export const bookkeepingOn = (database: Database, client: pg.Client): Bookkeeping => ({
  now: async () => (await client.query<{ now: Date }>('select clock_timestamp() as now')).rows[0]?.now ?? new Date(0),
  requireCurrentSchema: () => requireCurrentSchema(client),
  pipelines: () => listPipelines(client),
  checkpoints: (pipeline) => readCheckpoints(client, pipeline),
  heldTables: (pipeline) => readHeldTables(client, pipeline),
  deadLetters: (pipeline) => readDeadLetters(client, pipeline),
  parkedShares: (pipeline) => readParkedShares(client, pipeline),
  gaps: (pipeline) => readGaps(client, pipeline),
  admin: pipelineAdmin(database, client),
  close: () => hangUp(client),
});

async function readGaps(client: pg.Client, pipeline: string): Promise<ReplicaGaps> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('sluice.target') is not null as there`);
  if (!rows[0]?.there) return noGaps;
  return {
    deferred: await readDeferredRows(client, pipeline),
    unreconciled: await readUnreconciled(client, pipeline),
    disabled: await countDisabledConstraints(client, pipeline),
  };
}
