/** Computes the new positions of a reset, for the checkpoints of topics or of a file. */

import { createReadStream } from 'node:fs';
import type { Admin } from 'kafkajs';
import type { CsvFormat } from '../../adapters/file/csv-splitter.ts';
import { elementGroups } from '../../adapters/file/elements.ts';
import { type NewPosition, newPositions } from '../../adapters/kafka/topics/reset-positions.ts';
import { describeCluster } from '../../adapters/kafka/topics/topic.ts';
import type { Checkpoint } from '../../engines/bookkeeping.ts';
import type { TopicReset } from '../../engines/pipeline-admin.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { UsageError } from '../options/option.ts';
import type { ResetTo } from './to.ts';

/** The move of one partition. `from` is null if it has no checkpoint yet. */
export type PartitionMove = {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint | null;
  readonly to: bigint;
};

/** All moves of a reset. Each entry of `resets` is one transaction. */
export type Moves = { readonly resets: readonly TopicReset[]; readonly partitions: readonly PartitionMove[] };

/** Computes the moves of topics. Throws UsageError for an offset without its partition or topic. */
export async function topicMoves(
  admin: Admin,
  topics: readonly string[],
  checkpoints: readonly Checkpoint[],
  to: ResetTo,
  only: number | undefined,
): Promise<Moves> {
  if (to.kind === 'offsets' && only !== undefined)
    throw new UsageError('--to already names partitions: leave out --partition');
  if ((to.kind === 'offset' || to.kind === 'offsets') && topics.length > 1)
    throw new UsageError(`offsets apply to one topic: give --topic with one of ${topics.join(', ')}`);
  const { clusterId } = await describeCluster(admin);
  const resets: TopicReset[] = [];
  const partitions: PartitionMove[] = [];
  for (const topic of topics) {
    const count = (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length ?? 0;
    const chosen = await newPositions(admin, topic, destinationOf(to, only, count), only);
    const found = new Map(checkpoints.filter((one) => one.topic === topic).map((one) => [one.partition, one]));
    const cluster = clusterId || null;
    const positions = chosen.map((one) => ({
      ...one,
      restarted: isAnotherLog(found.get(one.partition), one, cluster),
    }));
    resets.push({ topic, clusterId: cluster, partitionCount: count, positions });
    for (const { partition, to: next } of chosen)
      partitions.push({ topic, partition, from: found.get(partition)?.nextOffset ?? null, to: next });
  }
  return { resets, partitions };
}

/** Computes the move of a file. Its offsets are record numbers. */
export async function fileMoves(
  checkpoint: Checkpoint,
  to: ResetTo,
  only: number | undefined,
  csv: CsvFormat | undefined,
): Promise<Moves> {
  const { topic, nextOffset } = checkpoint;
  if (to.kind === 'time' || to.kind === 'offsets' || only !== undefined)
    throw new UsageError(
      'a file has neither partitions nor times: --to earliest, latest, or the number of a record from 0',
    );
  const target = to.kind === 'offset' ? to.offset : 0n;
  const count = to.kind === 'latest' || target > 0n ? await recordsIn(topic.slice('file:'.length), csv) : 0n;
  if (target > count) throw outOfRange(topic, count, target);
  const next = to.kind === 'latest' ? count : target;
  return {
    resets: [{ topic, clusterId: null, partitionCount: 1, positions: [{ partition: 0, to: next, restarted: false }] }],
    partitions: [{ topic, partition: 0, from: nextOffset, to: next }],
  };
}

function destinationOf(to: ResetTo, only: number | undefined, partitions: number) {
  if (to.kind !== 'offset') return to;
  if (only === undefined && partitions > 1)
    throw new UsageError(`an offset applies to one partition: --partition <n>, or --to <partition>:${to.offset}`);
  return { kind: 'offsets', offsets: new Map([[only ?? 0, to.offset]]) } as const;
}

/** Returns true if the topic was recreated: the checkpoint is from another cluster or beyond the end of the log. */
const isAnotherLog = (checkpoint: Checkpoint | undefined, { high }: NewPosition, clusterId: string | null): boolean =>
  checkpoint !== undefined &&
  (checkpoint.nextOffset > high || (checkpoint.clusterId !== null && checkpoint.clusterId !== clusterId));

async function recordsIn(path: string, csv: CsvFormat | undefined): Promise<bigint> {
  let count = 0n;
  for await (const group of elementGroups(createReadStream(path), { csv, name: path })) count += BigInt(group.length);
  return count;
}

const outOfRange = (topic: string, count: bigint, to: bigint): PipelineError =>
  new PipelineError('offset_out_of_range', `${topic} has no record ${to}`, {
    advice: `It has ${count} records, numbered from 0.`,
  });
