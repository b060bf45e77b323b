/** Judges a replica that has caught up. */
import type { HeldTable } from '../../engines/bookkeeping.ts';
import type { Verified } from '../../engines/postgres/replica/verify.ts';
import type { AfterResnapshot } from '../../engines/sink/replica/snapshots.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { describeMisfit } from '../../pipeline/misfit.ts';
import type { Logger } from '../../pipeline/ports.ts';

/** What the judgement depends on, besides what was found. */
export type Ending = {
  /** The topics that were read. */
  readonly topics: readonly string[];
  readonly afterResnapshot: AfterResnapshot;
  /** Where deferred rows are kept. */
  readonly deferredIn: string;
  readonly logger: Logger;
};

/**
 * Judges what was found in a replica after the replication has ended. Logs every fault. Throws `definition_differs`, `rows_held_back`
 * or `constraints_broken`.
 */
export function requireSound(verified: Verified, { topics, afterResnapshot, deferredIn, logger }: Ending): Verified {
  const { broken, deferred, waiting } = verified;
  // Only one fault is thrown, but all are logged.
  for (const { table, rows, since } of deferred) logger.error({ table, rows, since }, 'rows are still held back');
  for (const violation of broken) logger.error(violation, 'rows of the replica break a constraint');
  requireNoneHeld(waiting, topics);
  if (deferred.length > 0) {
    throw new PipelineError(
      'rows_held_back',
      `rows of ${deferred.length} tables conflict with other rows and are not written`,
      {
        advice: `Does the target have a unique key that the source lacks? The rows are in ${deferredIn}. The next event of a row, such as an update at the source, releases it.`,
        details: { afterResnapshot },
      },
    );
  }
  if (broken.length === 0) return verified;
  throw new PipelineError('constraints_broken', `${broken.length} constraints of the replica do not hold`, {
    advice: '',
  });
}

/** Throws `definition_differs` if a table of these topics is held. */
function requireNoneHeld(waiting: readonly HeldTable[], topics: readonly string[]): void {
  const held = waiting.filter(({ topic }) => topics.includes(topic));
  if (held.length > 0) throw definitionDiffers(held);
}

/** The error of held tables. All other tables have caught up. */
function definitionDiffers(held: readonly HeldTable[]): PipelineError {
  const named = new Map(held.map((one) => [one.table, one]));
  return new PipelineError('definition_differs', [...named.values()].map(describeMisfit).join('; '), {
    advice: `${[...named.values()].map(({ statements }) => statements).join('\n  ')}\n  All other tables have caught up with their topics. No change of these tables was parked or lost; they continue after these statements.`,
  });
}
