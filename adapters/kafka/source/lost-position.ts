/** Detects positions that Kafka no longer has, which are never skipped silently (rule 16). */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { OnLostPosition, Reposition, StoredCheckpoint } from '../../../pipeline/ports.ts';
import type { PartitionRange, TopicNow } from '../topics/topic.ts';

/** Why a position is lost. */
export type Loss = {
  readonly why: string;
  /** True for another log, whose offsets are unrelated to the former ones. */
  readonly restarted: boolean;
};

/** The loss when the position lies outside the log; undefined when it lies within. */
export function lossIn(next: bigint, { low, high }: PartitionRange): Loss | undefined {
  if (next < low) return { why: `records from ${next} to ${low} are gone`, restarted: false };
  if (next > high) return { why: `the log ends at ${high}, the checkpoint at ${next}`, restarted: true };
  return undefined;
}

/** The loss of a checkpoint, as far as cluster id and range of the topic show it. */
export function checkpointLoss(found: StoredCheckpoint, { clusterId, ranges }: TopicNow): Loss | undefined {
  const range = ranges.find(({ partition }) => partition === found.partition);
  if (found.clusterId !== null && found.clusterId !== clusterId) {
    return { why: 'the checkpoint belongs to another Kafka cluster', restarted: true };
  }
  return range && lossIn(found.nextOffset, range);
}

/** The new position after a loss, by the policy. Throws `lost_position` when the policy is `fail`. */
export function repositionAfter(
  loss: Loss,
  topic: string,
  { partition, nextOffset }: StoredCheckpoint,
  policy: OnLostPosition,
  { low, high }: PartitionRange,
): Reposition {
  const { why, restarted } = loss;
  if (policy === 'fail') throw lostPosition(topic, partition, why);
  const to = policy === 'earliest' ? low : high;
  return { to, why, restarted, gone: restarted ? null : to - nextOffset };
}

/** The records after the checkpoint are gone, or the topic was recreated. */
const lostPosition = (topic: string, partition: number, why: string): PipelineError =>
  new PipelineError('lost_position', `${topic}, partition ${partition}: the position is lost: ${why}`, {
    advice:
      'Retention removed records before they were read, or the topic was recreated. Load the missing rows from the source, ' +
      "then continue with --on-lost-position earliest (the log's start) or latest (its end). Newer rows are not changed.",
  });
