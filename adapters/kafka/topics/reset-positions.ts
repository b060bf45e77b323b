/** Computes the positions to which a reset moves the partitions of a topic. */
import type { Admin } from 'kafkajs';
import { PipelineError } from '../../../pipeline/errors.ts';
import { type PartitionRange, partitionRanges } from './topic.ts';

/** The position to move partitions to. */
export type Destination =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** Milliseconds since 1970. */
  | { readonly kind: 'time'; readonly at: number }
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, bigint> };

/** A partition and its new next offset. */
export type NewPosition = PartitionRange & { readonly to: bigint };

/** The new positions of the chosen partitions. Throws for an unknown partition and for an offset outside its log. */
export async function newPositions(
  admin: Admin,
  topic: string,
  destination: Destination,
  only: number | undefined,
): Promise<readonly NewPosition[]> {
  const ranges = await partitionRanges(admin, topic);
  const wanted = destination.kind === 'offsets' ? [...destination.offsets.keys()] : only === undefined ? [] : [only];
  for (const partition of wanted) {
    if (!ranges.some((range) => range.partition === partition)) throw noPartition(topic, partition, ranges.length);
  }
  const chosen = wanted.length === 0 ? ranges : ranges.filter(({ partition }) => wanted.includes(partition));
  if (destination.kind === 'time') return await atTime(admin, topic, destination.at, chosen);
  return chosen.map((range) => ({ ...range, to: offsetIn(topic, range, destination) }));
}

function offsetIn(topic: string, range: PartitionRange, destination: Exclude<Destination, { kind: 'time' }>): bigint {
  if (destination.kind !== 'offsets') return destination.kind === 'earliest' ? range.low : range.high;
  const to = destination.offsets.get(range.partition) ?? range.low;
  if (to < range.low || to > range.high) throw outside(topic, range, to);
  return to;
}

/** Offset of the first record at that time or later; the end of the log when there is none. */
async function atTime(admin: Admin, topic: string, at: number, ranges: readonly PartitionRange[]) {
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, at);
  return ranges.map((range) => {
    const offset = BigInt(found.find(({ partition }) => partition === range.partition)?.offset ?? -1);
    return { ...range, to: offset < 0n ? range.high : offset };
  });
}

const noPartition = (topic: string, partition: number, count: number): PipelineError =>
  new PipelineError('partition_out_of_range', `${topic} has no partition ${partition}: it has ${count}`, {
    advice: 'Partitions count from 0.',
  });

const outside = (topic: string, { partition, low, high }: PartitionRange, to: bigint): PipelineError =>
  new PipelineError('offset_out_of_range', `${topic}, partition ${partition} has no offset ${to}`, {
    advice: `Its log goes from ${low} to ${high}, the offset of the next record.`,
  });
