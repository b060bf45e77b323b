/**
 * What it means that nothing comes: the end of what may be read (rule 5), or a position that the log no longer has. Where
 * no record comes there is no gap to see, so idle positions are compared with the logs themselves (rule 16).
 */
import { messageOf } from '../../../pipeline/errors.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { PartitionClaim } from '../group/partition-claim.ts';
import type { TopicLookup } from '../topics/topic-lookup.ts';
import { byTopic } from '../topics/topic-partition.ts';
import { type Loss, lossIn } from './lost-position.ts';

/** Fetches in a row that bring nothing until there is nothing, and until idle positions are compared again. */
const quietAfter = 4;
const checkEvery = 100;

/** What is looked at, and who is told. */
export type IdlenessOptions = {
  readonly topicLookup: TopicLookup;
  readonly logger: Logger;
  /** What is owned. */
  readonly claims: () => readonly PartitionClaim[];
  readonly onLoss: (claim: PartitionClaim, loss: Loss) => void;
};

/** The fetches that brought nothing, and the batches that are being worked on. */
export class Idleness {
  readonly #options: IdlenessOptions;
  #quietFetches = 0;
  /** The logs still hold the positions since when fetches bring nothing. */
  #checked = false;
  #busyBatches = 0;
  /** Times that something came. */
  #ends = 0;

  constructor(options: IdlenessOptions) {
    this.#options = options;
  }

  /** A batch is being worked on. */
  get busy(): boolean {
    return this.#busyBatches > 0;
  }

  /** True when fetches bring nothing more and all that was taken is durable. */
  get quiet(): boolean {
    if (this.#quietFetches < quietAfter || !this.#checked || this.busy) return false;
    return this.#options.claims().every((claim) => claim.durable === claim.next);
  }

  /** A fetch was answered; should it have brought something, `during` follows. */
  fetched(): void {
    this.#quietFetches += 1;
    if (this.#quietFetches % checkEvery === quietAfter) void this.#check();
  }

  /** Something came, or what is owned has changed. */
  end(): void {
    this.#ends += 1;
    this.#quietFetches = 0;
    this.#checked = false;
  }

  /** Works on a batch. */
  async during(work: () => Promise<void>): Promise<void> {
    this.end();
    this.#busyBatches += 1;
    try {
      await work();
    } finally {
      this.#busyBatches -= 1;
    }
  }

  async #check(): Promise<void> {
    const { topicLookup, logger, claims, onLoss } = this.#options;
    const since = this.#ends;
    const idle = claims().map((claim) => ({ topic: claim.topic, partition: claim.partition, claim, next: claim.next }));
    try {
      for (const [topic, some] of byTopic(idle)) {
        const ranges = await topicLookup.ranges(topic);
        // A batch that waits for credit may hold the very records that the log has given up.
        if (this.busy) return;
        for (const { partition, claim, next } of some) {
          const range = ranges.find((one) => one.partition === partition);
          const loss = range && lossIn(next, range);
          if (loss && claim.next === next) onLoss(claim, loss);
        }
      }
      if (this.#ends === since) this.#checked = true;
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'Kafka did not say where the logs begin and end');
    }
  }
}
