/** MySQL and MariaDB as a target. */
import type { Logger } from '../../pipeline/ports.ts';
import type { Engine } from '../contract.ts';
import { advanceCheckpoints, isDurable } from './checkpoint/advance.ts';
import { claimPartitions } from './checkpoint/claim.ts';
import { endingFormerOwners } from './checkpoint/former-owner.ts';
import { noteHeld, notePostponed } from './checkpoint/notes.ts';
import { describeProduct, type MysqlDatabase, timeoutsOf } from './connection/database.ts';
import { LaneSession } from './connection/lane-session.ts';
import { withSession } from './connection/open-session.ts';
import type { Session } from './connection/session.ts';
import { insertDeadLetters } from './dead-letters/insert.ts';
import { diagnose, refusalOf } from './errors.ts';
import { expireAllGuards } from './replica/guards/expire-guards.ts';

/** Options of the engine. */
export type MysqlOptions = {
  readonly logger: Logger;
  /** How long a claim waits for a lock of a former owner before it ends that owner's session (rule 15). */
  readonly lockPatienceMs?: number;
};

/** A MySQL or MariaDB database as a target. */
export const mysqlEngine = (
  database: MysqlDatabase,
  { logger, lockPatienceMs = 10_000 }: MysqlOptions,
): Engine<Session> => ({
  server: describeProduct(database),
  diagnose,
  refusalOf,
  openLane: (name, prepare) => new LaneSession(database, name, prepare),
  checkpoints: {
    // Each claim opens a session, because claims are rare, and the end of a session releases its named locks.
    claim: (pipeline, request, decide) =>
      withSession(database, `${pipeline}/claim`, (session) => {
        const { topic, mine: partitions } = request;
        const waiting = { database, pipeline, topic, partitions, logger, patienceMs: lockPatienceMs, session };
        const options = { pipeline, database: database.database, lockLimitMs: timeoutsOf(database).lock };
        return endingFormerOwners(waiting, () => claimPartitions(session, options, request, decide));
      }),
    advance: advanceCheckpoints,
    isDurable,
    notePostponed,
    noteHeld,
  },
  deadLetters: { insert: insertDeadLetters },
  guards: { expire: (name, topics) => expireAllGuards(database, name, topics) },
});
