/** PostgreSQL as a target. */
import type pg from 'pg';
import type { Logger } from '../../pipeline/ports.ts';
import type { Engine } from '../contract.ts';
import { refusalOf } from './apply/refusal.ts';
import { endingFormerOwners } from './checkpoint/former-owner.ts';
import { noteHeld } from './checkpoint/held-tables.ts';
import { advanceCheckpoints, isDurable } from './checkpoint/sql/advance.ts';
import { claimPartitions } from './checkpoint/sql/claim.ts';
import { notePostponed } from './checkpoint/sql/postpone.ts';
import { type Database, describeServers, withConnection } from './connection/connection.ts';
import { LaneSession } from './connection/lane-session.ts';
import { insertDeadLetters } from './dead-letters/sql/dead-letters.ts';
import { diagnose } from './errors.ts';
import { expireAllGuards } from './guards/expire-guards.ts';

/** Options of the engine. */
export type PostgresOptions = {
  readonly logger: Logger;
  /** How long a claim waits for a lock of a former owner before it ends that owner's session (rule 15). */
  readonly lockPatienceMs?: number;
};

/** A PostgreSQL database as a target. */
export const postgresEngine = (
  database: Database,
  { logger, lockPatienceMs = 10_000 }: PostgresOptions,
): Engine<pg.Client> => ({
  server: `PostgreSQL at ${describeServers(database)}`,
  diagnose,
  refusalOf,
  openLane: (name, prepare) => new LaneSession(database, name, prepare),
  checkpoints: {
    // Each claim opens a session, because claims are rare, and an idle session could break unnoticed.
    claim: (pipeline, request, decide) =>
      withConnection(database, `${pipeline}/claim`, (client) =>
        endingFormerOwners({ database, pipeline, logger, patienceMs: lockPatienceMs, waiting: client }, () =>
          claimPartitions(client, pipeline, request, decide),
        ),
      ),
    advance: advanceCheckpoints,
    isDurable,
    notePostponed,
    noteHeld,
  },
  deadLetters: { insert: insertDeadLetters },
  guards: {
    expire: (name, topics) => withConnection(database, name, (client) => expireAllGuards(client, topics)),
  },
});
