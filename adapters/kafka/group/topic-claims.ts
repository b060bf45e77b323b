/**
 * Claims partitions of one topic: reads the topic's current state from Kafka, gets owner epochs and checkpoints from `Claims`,
 * and repositions partitions whose position is lost (rule 16).
 */
import type { Kafka } from 'kafkajs';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Claims, OnLostPosition, Reposition, StoredCheckpoint } from '../../../pipeline/ports.ts';
import { checkpointLoss, type Loss, repositionAfter } from '../source/lost-position.ts';
import { type TopicNow, topicNow } from '../topics/topic.ts';
import { idOf, type TopicPartition } from '../topics/topic-partition.ts';
import { PartitionClaim } from './partition-claim.ts';

/** Dependencies and settings of `TopicClaims`. */
export type TopicClaimsOptions = {
  readonly kafka: Kafka;
  /** Where to start in a topic without checkpoints. */
  readonly from: (topic: string) => 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
  readonly claims: Claims;
  /** Number of suspensions of this process so far, which each claim stores. */
  readonly suspensions: () => number;
};

/** A partition to claim, and its index among all assigned partitions, which selects the lane. */
export type AssignedPartition = TopicPartition & { readonly index: number };

/** Claims partitions, and stores the losses that only fetched records have revealed. */
export class TopicClaims {
  readonly #options: TopicClaimsOptions;
  /** Losses that neither the cluster id nor the range of offsets reveals, each with the lost position. */
  readonly #losses = new Map<string, Loss & { readonly next: bigint }>();

  constructor(options: TopicClaimsOptions) {
    this.#options = options;
  }

  /** Records that the position `next` of a partition is lost. The next claim of the partition repositions it. */
  recordLoss(partition: TopicPartition, loss: Loss, next: bigint): void {
    this.#losses.set(idOf(partition), { ...loss, next });
  }

  /** Deletes the loss of a partition that was claimed again. */
  forgetLoss(partition: TopicPartition): void {
    this.#losses.delete(idOf(partition));
  }

  /** Deletes all losses, after a rejoin or when the member leaves. */
  forgetLosses(): void {
    this.#losses.clear();
  }

  /** Claims partitions of one topic. Throws `lost_position`, or an error of Kafka or of `Claims`. */
  async claim(topic: string, mine: readonly AssignedPartition[]): Promise<PartitionClaim[]> {
    const { kafka, claims, from } = this.#options;
    const suspensions = this.#options.suspensions();
    const now = await topicNow(kafka, topic);
    const { clusterId, ranges } = now;
    const partitions = mine.map(({ partition }) => partition);
    const missing = partitions.filter((one) => !ranges.some(({ partition }) => partition === one));
    if (missing.length > 0) throw unknownPartitions(topic, missing);
    const claimed = await claims.claim({
      topic,
      clusterId,
      partitionCount: ranges.length,
      partitions: ranges.map(({ partition, low, high }) => ({
        partition,
        first: from(topic) === 'latest' ? high : low,
        later: low,
      })),
      mine: partitions,
      reposition: (found) => this.#reposition(topic, found, now),
    });
    return claimed.map(({ partition, epoch, nextOffset, lastHash, reached }) => {
      const { low = 0n, high: logEnd = 0n } = ranges.find((range) => range.partition === partition) ?? {};
      const { index = 0 } = mine.find((one) => one.partition === partition) ?? {};
      const next = nextOffset;
      return new PartitionClaim({
        topic,
        partition,
        epoch,
        index,
        next,
        low,
        logEnd,
        lastHash,
        suspensions,
        reached,
      });
    });
  }

  /**
   * Returns where a checkpoint continues if its position is lost, otherwise undefined. While this claim waited for the lock, the
   * former owner may have written records that did not exist when `before` was read. The checkpoint is locked now, so the topic
   * is read again before the position counts as lost.
   */
  async #reposition(topic: string, found: StoredCheckpoint, before: TopicNow): Promise<Reposition | undefined> {
    const { kafka, onLostPosition } = this.#options;
    const recorded = this.#losses.get(idOf({ topic, partition: found.partition }));
    const known = recorded?.next === found.nextOffset ? recorded : undefined;
    if (!known && !checkpointLoss(found, before)) return undefined;
    const now = await topicNow(kafka, topic);
    const loss = known ?? checkpointLoss(found, now);
    const range = now.ranges.find(({ partition }) => partition === found.partition);
    if (!range) throw unknownPartitions(topic, [found.partition]);
    return loss && repositionAfter(loss, topic, found, onLostPosition, range);
  }
}

/** The group's assignment may differ from the topic for up to 30 s, until the metadata is refreshed. */
const unknownPartitions = (topic: string, partitions: readonly number[]): PipelineError =>
  new PipelineError('unknown_partition', `${topic} has no partition ${partitions.join(', ')} now`, {
    advice: 'The topic is being changed. Sluice retries until the consumer group has the new metadata.',
  });
