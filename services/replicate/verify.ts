/** Whether a replica that has caught up holds what it should. */
import type { HeldTable } from '../../engines/postgres/checkpoint/held-tables.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { AfterResnapshot } from '../../engines/postgres/replica/snapshots/reconcile.ts';
import { type Verified, verifyReplica } from '../../engines/postgres/replica/verify.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { describeMisfit } from '../../pipeline/misfit.ts';
import type { Logger } from '../../pipeline/ports.ts';

/** What a replica is looked at with, at its end. */
export type Ending = {
  readonly database: Database;
  readonly pipeline: string;
  /** The topics that were read. */
  readonly topics: readonly string[];
  readonly afterResnapshot: AfterResnapshot;
  readonly logger: Logger;
};

/** Nothing is replicated any more: what was left to the end is done, and whatever does not hold is told. */
export async function verify({ database, pipeline, topics, afterResnapshot, logger }: Ending): Promise<Verified> {
  const verified = await verifyReplica(database, pipeline);
  const { broken, deferred, waiting } = verified;
  const waits = waiting.filter(({ topic }) => topics.includes(topic));
  // Only one of them ends the work, and all are said.
  for (const { table, rows, since } of deferred) logger.error({ table, rows, since }, 'rows are still held back');
  for (const violation of broken) logger.error(violation, 'rows of the replica break a constraint');
  if (waits.length > 0) throw heldTables(waits);
  if (deferred.length > 0) {
    throw new PipelineError(
      'rows_held_back',
      `rows of ${deferred.length} tables collide with others, and are not written`,
      {
        advice:
          'Has the target a unique key that the source has not? Their values are in sluice.deferred_row; the next event of each row, such as an update of it at the source, frees it.',
        details: { afterResnapshot },
      },
    );
  }
  if (broken.length === 0) return verified;
  throw new PipelineError('constraints_broken', `${broken.length} constraints of the replica do not hold`, {
    advice: '',
  });
}

/** All others have caught up, and their rows are settled. */
function heldTables(held: readonly HeldTable[]): PipelineError {
  const named = new Map(held.map((one) => [one.table, one]));
  return new PipelineError('definition_differs', [...named.values()].map(describeMisfit).join('; '), {
    advice: `${[...named.values()].map(({ statements }) => statements).join('\n  ')}\n  All other tables have caught up with what is in their topics. Nothing of these was parked or lost: they go on from there.`,
  });
}
