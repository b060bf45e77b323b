/** A position that Kafka no longer has is never jumped over in silence (rule 16). */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { OnLostPosition, Reposition, StoredCheckpoint } from '../../../pipeline/ports.ts';
import type { PartitionRange, TopicNow } from '../topics/topic.ts';

/** Why a position is lost. */
export type Loss = {
  readonly why: string;
  /** It is another log: its offsets have nothing to do with those of before. */
  readonly restarted: boolean;
};

/** The log begins behind the position or ends before it; undefined when the position lies within. */
export function lossIn(next: bigint, { low, high }: PartitionRange): Loss | undefined {
  if (next < low) return { why: `records from ${next} to ${low} are gone`, restarted: false };
  if (next > high) return { why: `the log ends at ${high}, the checkpoint at ${next}`, restarted: true };
  return undefined;
}

/** What is wrong with a checkpoint, as far as the topic itself tells. */
export function lossOf(found: StoredCheckpoint, { clusterId, ranges }: TopicNow): Loss | undefined {
  const range = ranges.find(({ partition }) => partition === found.partition);
  if (found.clusterId !== null && found.clusterId !== clusterId) {
    return { why: 'the checkpoint belongs to another Kafka cluster', restarted: true };
  }
  return range && lossIn(found.nextOffset, range);
}

/** Where to go on after a loss. Throws `lost_position` when that was not asked for. */
export function moveAfter(
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

/** The records after the checkpoint are gone, or the topic is another one. */
const lostPosition = (topic: string, partition: number, how: string): PipelineError =>
  new PipelineError('lost_position', `${topic}, partition ${partition}: the position is lost: ${how}`, {
    advice:
      'Retention removed records before they were read, or the topic was made anew. Load what is missing from the source, ' +
      "then go on with --on-lost-position earliest (the log's start) or latest (its end): rows that are already newer stay as they are.",
  });
