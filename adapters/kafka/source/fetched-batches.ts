/**
 * Turns what kafkajs fetches into batches of the pipeline: checks that it continues the position of its claim, takes credit
 * from the window, and emits it in slices.
 */
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { Batch } from '../../../pipeline/batch.ts';
import type { RawRecord } from '../../../pipeline/change.ts';
import type { Window } from '../../../pipeline/window.ts';
import { heartbeatIntervalMs } from '../group/consumer-config.ts';
import type { Ownership } from '../group/ownership.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';
import { rawRecords } from '../records/record-batches.ts';
import type { TopicLookup } from '../topics/topic-lookup.ts';
import type { TopicPartition } from '../topics/topic-partition.ts';
import { lossByGap, lossByHash, markOf } from './continuity.ts';
import { takeCredit } from './credit.ts';
import { splitFetch } from './split-fetch.ts';
import type { SuspensionDetector } from './suspension-detector.ts';

/** What fetched batches are checked with, and where they go. */
export type FetchedBatchesOptions = {
  readonly window: Window;
  readonly ownership: Ownership;
  readonly topicLookup: TopicLookup;
  readonly suspensions: SuspensionDetector;
  /** The current consumer. Throws while there is none. */
  readonly consumer: () => Pick<Consumer, 'seek'>;
  readonly isStopping: () => boolean;
  readonly emit: (batch: Batch<RawRecord>) => void;
};

/** The part of kafkajs's batch events that is used; `firstOffset` is null when compaction removed all records. */
type BatchOffsets = TopicPartition & { readonly firstOffset: string | null; readonly lastOffset: string };

/** Accepts what kafkajs fetches, as long as the source owns the partition. */
export class FetchedBatches {
  readonly #options: FetchedBatchesOptions;

  constructor(options: FetchedBatchesOptions) {
    this.#options = options;
  }

  /** Emits a fetched batch, waiting for credit. Ignores it when its claim or the source has ended. */
  async accept({ batch, heartbeat, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { window, ownership, topicLookup, suspensions, isStopping } = this.#options;
    suspensions.batchFetched();
    const claim = ownership.openClaim(batch);
    if (!claim || isStopping() || isStale() || this.#mustCompareAgain(claim)) return;
    const first = BigInt(batch.firstOffset() ?? claim.next);
    const to = BigInt(batch.lastOffset()) + 1n;
    const messages = rawRecords(batch.messages);
    const loss = (await lossByGap(first, claim, topicLookup)) ?? lossByHash(claim, messages[0]);
    if (loss) return ownership.losePosition(claim, loss);
    // Without the record that was only fetched to be compared.
    const records = BigInt(messages[0]?.offset ?? to) < claim.next ? messages.slice(1) : messages;
    if (to === claim.next) return resolveOffset(String(to - 1n));
    const isObsolete = () => !claim.open || isStopping();
    for (const { records: slice, bytes } of splitFetch(records)) {
      if (isObsolete() || !(await takeCredit({ window, bytes, heartbeatIntervalMs, heartbeat, isObsolete }))) return;
      claim.logEnd = BigInt(batch.highWatermark);
      const last = slice.at(-1);
      const end = last === undefined || last === records.at(-1) ? to : BigInt(last.offset) + 1n;
      this.#emit(claim, end, bytes, slice);
      // Before the heartbeat: if that fails, the emitted records must not be fetched again.
      resolveOffset(String(end - 1n));
      await heartbeat();
    }
  }

  /**
   * Advances the claim past control records and aborted transactions (rule 4), which kafkajs never passes to `eachBatch`.
   * Its event reports them even when they were fetched before a seek. So they count only when they begin at or below the
   * expected offset, because there may be records in a gap.
   */
  passControlRecords({ topic, partition, firstOffset, lastOffset }: BatchOffsets): void {
    const { ownership, isStopping, consumer } = this.#options;
    const claim = ownership.openClaim({ topic, partition });
    const to = BigInt(lastOffset) + 1n;
    if (!claim || isStopping() || BigInt(firstOffset ?? lastOffset) > claim.next) return;
    if (to <= claim.next || this.#mustCompareAgain(claim)) return;
    this.#emit(claim, to, 0, []);
    // Replaces a pending seek, which would start below the offsets just passed.
    consumer().seek({ topic, partition, offset: String(claim.readFrom) });
  }

  #emit(claim: PartitionClaim, to: bigint, bytes: number, records: readonly RawRecord[]): void {
    const from = claim.next;
    const mark = markOf(records.at(-1));
    claim.sent(to, mark?.hash);
    this.#options.emit({
      claim,
      from,
      to,
      bytes,
      read: records.length,
      records,
      filtered: [],
      parked: [],
      mark,
      reached: null,
    });
  }

  /** After a suspension, seeks back to the last record read, which has to be compared before reading continues (rule 16). */
  #mustCompareAgain(claim: PartitionClaim): boolean {
    const { suspensions, consumer } = this.#options;
    if (claim.suspensions === suspensions.count) return false;
    claim.suspensions = suspensions.count;
    if (!claim.proveAgain()) return false;
    const { topic, partition, readFrom } = claim;
    consumer().seek({ topic, partition, offset: String(readFrom) });
    return true;
  }
}
