/** The `Claims` port on PostgreSQL: the checkpoint table hands out partitions. */

import type pg from 'pg';
import { messageOf } from '../../../pipeline/errors.ts';
import type { ClaimRequest, Claims, Logger } from '../../../pipeline/ports.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { type Database, describeServers, withConnection } from '../connection/connection.ts';
import { diagnose } from '../errors.ts';
import { endingFormerOwners } from './former-owner.ts';
import { claimPartitions, type Moved } from './sql/claim.ts';

/** Milliseconds a claim waits for a former owner's lock before it ends that owner's session (rule 15). */
const lockPatience = 10_000;

/** What claims tell, how patient they are, and what follows one. */
export type ClaimsOptions = {
  readonly logger: Logger;
  readonly patience?: number;
  /** Done in a session of its own once a claim is durable; nothing waits for it, and an error is only logged. */
  readonly afterwards?: (client: pg.Client, request: ClaimRequest) => Promise<void>;
};

/** Claims for one pipeline. A session per claim: joins are rare, and a held one could go stale unnoticed. */
export const postgresClaims = (
  database: Database,
  pipeline: string,
  orderBy: OrderBy,
  { logger, patience = lockPatience, afterwards }: ClaimsOptions,
): Claims => ({
  server: `PostgreSQL at ${describeServers(database)}`,
  diagnose,
  claim: (request) =>
    withConnection(database, `${pipeline}/claim`, async (client) => {
      const watch = { database, pipeline, logger, patience, waiting: client };
      const { claimed, moved } = await endingFormerOwners(watch, () =>
        claimPartitions(client, pipeline, request, orderBy),
      );
      for (const one of moved) tellMove(logger, request.topic, one);
      if (afterwards) {
        withConnection(database, `${pipeline}/after-claim`, (session) => afterwards(session, request)).catch(
          (error: unknown) =>
            logger.warn({ error: messageOf(error) }, 'what follows a claim failed; the next claim tries it again'),
        );
      }
      return claimed;
    }),
});

const tellMove = (logger: Logger, topic: string, { found, move: { to, why, gone } }: Moved): void => {
  const { partition, nextOffset } = found;
  const offsets = {
    topic,
    partition,
    nextOffset: String(nextOffset),
    movedTo: String(to),
    gone: gone?.toString() ?? null,
  };
  const loss = gone === null ? 'nobody knows how many records are gone' : `${gone} offsets are jumped over`;
  logger.warn(offsets, `the position was lost, and the pipeline goes on at another: ${why}; ${loss}`);
};
