/**
 * Stores with their checkpoints that partitions wait: for other partitions, or for a change of a table. Outside of the
 * transaction of the records, which was rolled back.
 */
import type { Claim } from '../../../pipeline/batch.ts';
import type { Position } from '../../../pipeline/change.ts';
import { adviceFor, type Misfit } from '../../../pipeline/misfit.ts';
import type { Session, SqlValue } from '../connection/session.ts';

/** Implements `Checkpoints.notePostponed`. Other partitions then neither count these as idle nor wait for later changes of them. */
export async function notePostponed(
  session: Session,
  pipeline: string,
  waiting: ReadonlyMap<Claim, Position>,
): Promise<void> {
  const assignments = `postponed_at = current_timestamp(6), postponed_generation = ?, postponed_major = ?, postponed_minor = ?`;
  for (const [claim, { generation, major, minor }] of waiting)
    await updateOwned(session, pipeline, claim, assignments, [generation, major, minor]);
}

/** Implements `Checkpoints.noteHeld`. */
export async function noteHeld(session: Session, pipeline: string, held: ReadonlyMap<Claim, Misfit>): Promise<void> {
  // Assignments run from left to right: `held_since` must read `held_offset` before it changes.
  const assignments = `held_since = case when held_offset = next_offset then held_since else current_timestamp(6) end,
    held_offset = next_offset, held_tried_at = current_timestamp(6), held_table = ?, held_reason = ?, held_statements = ?`;
  for (const [claim, misfit] of held)
    await updateOwned(session, pipeline, claim, assignments, [misfit.table, misfit.reason, adviceFor(misfit)]);
}

/** Updates the checkpoint of a claim, unless another worker has claimed the partition since. */
async function updateOwned(
  session: Session,
  pipeline: string,
  { topic, partition, epoch }: Claim,
  assignments: string,
  values: readonly SqlValue[],
): Promise<void> {
  await session.run(
    `update ${session.own('checkpoint')} set ${assignments}
     where pipeline = ? and topic = ? and \`partition\` = ? and owner_epoch = ?`,
    [...values, pipeline, topic, partition, epoch],
  );
}
