/**
 * Detects that fetches return nothing. Either everything was read (rule 5), or the log no longer has the position. Without
 * records no gap can show, so the positions of idle partitions are compared with the ranges of their logs (rule 16).
 */
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';
import type { TopicLookup } from '../topics/topic-lookup.ts';
import { byTopic } from '../topics/topic-partition.ts';
import { type Loss, lossIn } from './lost-position.ts';

/** Consecutive empty fetches after which the source counts as idle. */
const idleAfter = 4;
/** Empty fetches between two comparisons of positions and logs. */
const checkEvery = 100;

/** What to compare, and whom to notify. */
export type IdleDetectorOptions = {
  readonly topicLookup: TopicLookup;
  readonly logger: Logger;
  /** The claims of the partitions owned now. */
  readonly claims: () => readonly PartitionClaim[];
  readonly onLoss: (claim: PartitionClaim, loss: Loss) => void;
};

/** Counts empty fetches and batches in progress. */
export class IdleDetector {
  readonly #options: IdleDetectorOptions;
  #emptyFetches = 0;
  /** True when the logs were found to contain all positions since the last activity. */
  #checked = false;
  #busyBatches = 0;
  /** Number of activities so far. */
  #activities = 0;

  constructor(options: IdleDetectorOptions) {
    this.#options = options;
  }

  /** Whether a batch is in progress. */
  get isBusy(): boolean {
    return this.#busyBatches > 0;
  }

  /** True when fetches return nothing more and everything read is durable. */
  get isIdle(): boolean {
    if (this.#emptyFetches < idleAfter || !this.#checked || this.isBusy) return false;
    return this.#options.claims().every((claim) => claim.durable === claim.next);
  }

  /** A fetch has returned. If it returned records, `during` follows and resets the count. */
  fetched(): void {
    this.#emptyFetches += 1;
    if (this.#emptyFetches % checkEvery === idleAfter) void this.#check();
  }

  /** Resets the count: records arrived, or the owned partitions have changed. */
  reset(): void {
    this.#activities += 1;
    this.#emptyFetches = 0;
    this.#checked = false;
  }

  /** Runs the processing of a batch. */
  async during(work: () => Promise<void>): Promise<void> {
    this.reset();
    this.#busyBatches += 1;
    try {
      await work();
    } finally {
      this.#busyBatches -= 1;
    }
  }

  async #check(): Promise<void> {
    const { topicLookup, logger, claims, onLoss } = this.#options;
    const before = this.#activities;
    const idle = claims().map((claim) => ({ topic: claim.topic, partition: claim.partition, claim, next: claim.next }));
    try {
      for (const [topic, some] of byTopic(idle)) {
        const ranges = await topicLookup.ranges(topic);
        // A batch waiting for credit may contain the records that the log no longer has.
        if (this.isBusy) return;
        for (const { partition, claim, next } of some) {
          const range = ranges.find((one) => one.partition === partition);
          const loss = range && lossIn(next, range);
          if (loss && claim.next === next) onLoss(claim, loss);
        }
      }
      if (this.#activities === before) this.#checked = true;
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'reading the ranges of the logs failed');
    }
  }
}
