/**
 * Checks that fetched records continue what was read before. kafkajs skips records silently when retention passes its
 * position or a topic is recreated. So every gap is checked against the log, and the last durable record is compared by
 * its hash (rule 16).
 */
import { createHash } from 'node:crypto';
import type { Mark } from '../../../pipeline/batch.ts';
import type { RawRecord } from '../../../pipeline/change.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';
import type { TopicLookup } from '../topics/topic-lookup.ts';
import { type Loss, lossIn } from './lost-position.ts';

/** Timestamp and hash of the last record of a batch, by which a later start detects a replaced topic. */
export function markOf(record: RawRecord | undefined): Mark | null {
  if (!record) return null;
  const hash = createHash('sha256')
    .update(record.key ?? '')
    .update('\n')
    .update(record.value ?? '')
    .digest();
  return { timestamp: record.timestamp, hash };
}

/** The loss when a batch begins at `first` instead of the expected offset; undefined when the log still reaches back to it. */
export async function lossByGap(
  first: bigint,
  claim: PartitionClaim,
  topicLookup: TopicLookup,
): Promise<Loss | undefined> {
  const { topic, partition, next, readFrom } = claim;
  if (first === next || first === readFrom) return undefined;
  if (first < next) return { why: `it goes on at ${first}, below ${next}`, restarted: true };
  const range = (await topicLookup.ranges(topic)).find((one) => one.partition === partition);
  return range && lossIn(next, range);
}

/**
 * The loss when the record before the position has another hash than at the checkpoint: the topic was recreated and has
 * grown past the position. Undefined when that record no longer exists, for example after compaction. Compares once a claim.
 */
export function lossByHash(claim: PartitionClaim, first: RawRecord | undefined): Loss | undefined {
  const { lastHash, proofPending, next } = claim;
  if (lastHash === null || !proofPending) return undefined;
  claim.proofPending = false;
  if (first === undefined || BigInt(first.offset) >= next || markOf(first)?.hash.equals(lastHash)) return undefined;
  return { why: `the record at ${first.offset} is not the one that was written`, restarted: true };
}
