/**
 * Whether what Kafka gives goes on from what was read before. kafkajs jumps silently when retention passes its position
 * or a topic is made anew, so every gap is asked about, and the last durable record is compared (rule 16).
 */
import { createHash } from 'node:crypto';
import type { Mark } from '../../../pipeline/batch.ts';
import type { RawRecord } from '../../../pipeline/change.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';
import type { TopicLookup } from '../topics/topic-lookup.ts';
import { type Loss, lossIn } from './lost-position.ts';

/** The last record of a batch, so that a later start can tell whether the topic was replaced. */
export function markOf(record: RawRecord | undefined): Mark | null {
  if (!record) return null;
  const hash = createHash('sha256')
    .update(record.key ?? '')
    .update('\n')
    .update(record.value ?? '')
    .digest();
  return { timestamp: record.timestamp, hash };
}

/** What is lost when a batch begins at `first`. A gap is none where the log still goes back to the position. */
export async function lossBefore(first: bigint, claim: PartitionClaim, topicLookup: TopicLookup): Promise<Loss | undefined> {
  const { topic, partition, next, readFrom } = claim;
  if (first === next || first === readFrom) return undefined;
  if (first < next) return { why: `it goes on at ${first}, below ${next}`, restarted: true };
  const range = (await topicLookup.ranges(topic)).find((one) => one.partition === partition);
  return range && lossIn(next, range);
}

/**
 * Reading begins at the record before the position, which must be what it was: else the topic was made anew and has grown
 * past the checkpoint. Where that record is gone, by compaction for example, there is nothing to compare. Asked once.
 */
export function disproved(claim: PartitionClaim, first: RawRecord | undefined): Loss | undefined {
  const { lastHash, proofPending, next } = claim;
  if (lastHash === null || !proofPending) return undefined;
  claim.proofPending = false;
  if (first === undefined || BigInt(first.offset) >= next || markOf(first)?.hash.equals(lastHash)) return undefined;
  return { why: `the record at ${first.offset} is not the one that was written`, restarted: true };
}
