/** A position that Kafka no longer has is never jumped over in silence (rule 16). */
import { PipelineError } from '../../pipeline/errors.ts';
import type { PartitionRange } from './topic.ts';

/** The records after the checkpoint are gone, or the topic is another one. */
export const lostPosition = (topic: string, partition: number, how: string): PipelineError =>
  new PipelineError('lost_position', `${topic}, partition ${partition}: the position is lost: ${how}`, {
    advice:
      'Retention removed records before they were read, or the topic was made anew. Load what is missing from the source, ' +
      'then start with another --group-id: rows that are already newer stay as they are.',
  });

/** The partition's range, when the checkpoint lies in it. */
export function requireWithinLog(
  topic: string,
  partition: number,
  next: bigint,
  ranges: readonly PartitionRange[],
): PartitionRange {
  const range = ranges.find((one) => one.partition === partition);
  if (!range) throw lostPosition(topic, partition, 'the topic has no such partition any more');
  if (next < range.low) throw lostPosition(topic, partition, `records from ${next} to ${range.low} are gone`);
  if (next > range.high)
    throw lostPosition(topic, partition, `the log ends at ${range.high}, the checkpoint at ${next}`);
  return range;
}
