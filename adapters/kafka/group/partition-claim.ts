/** A claim of the Kafka source: the offsets of its partition, and the number of its batches in flight. */
import type { Claim, SourceProgress } from '../../../pipeline/batch.ts';

/** Initial values of a claim. */
type Start = Pick<
  PartitionClaim,
  'topic' | 'partition' | 'epoch' | 'index' | 'next' | 'logEnd' | 'lastHash' | 'suspensions' | 'reached'
> & {
  readonly low: bigint;
};

/** One partition owned in the current join of the group. */
export class PartitionClaim implements Claim {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly index: number;
  revoked = false;
  reached: SourceProgress;
  /** True after its position was found to be lost. Batches in flight may still be written, but no new one is emitted. */
  ended = false;
  /** Offset at which the next batch is expected to begin. */
  next: bigint;
  /** All records below this offset are durable. */
  durable: bigint;
  /** The last value of `durable` that was committed to Kafka. */
  reported: bigint;
  /** End of the log as of the last fetch. */
  logEnd: bigint;
  #outstanding = 0;
  readonly #drained: (() => void)[] = [];

  /** Hash of the last record before `next`: initially of the last durable record, later of the last record read. */
  lastHash: Buffer | null;
  /** True until that record was fetched again and compared, or was found to be deleted. */
  proofPending: boolean;
  /** The number of suspensions of this process for which the position was last compared. */
  suspensions: number;

  constructor({ topic, partition, epoch, index, next, low, logEnd, lastHash, suspensions, reached }: Start) {
    this.topic = topic;
    this.partition = partition;
    this.epoch = epoch;
    this.index = index;
    this.next = next;
    this.durable = next;
    this.reported = next;
    this.logEnd = logEnd;
    this.lastHash = lastHash;
    this.suspensions = suspensions;
    this.reached = reached;
    this.proofPending = lastHash !== null && next > low;
  }

  /** Whether new batches may be emitted. */
  get open(): boolean {
    return !this.revoked && !this.ended;
  }

  /** Offset at which to fetch: one before `next` while the last record has to be compared. */
  get readFrom(): bigint {
    return this.proofPending ? this.next - 1n : this.next;
  }

  /** Requests that the record before `next` is compared again. Returns false if its hash is unknown. */
  proveAgain(): boolean {
    this.proofPending = this.lastHash !== null;
    return this.proofPending;
  }

  /** Records that a batch up to `to` was emitted. `lastHash` is the hash of its last record, if it has any. */
  sent(to: bigint, lastHash: Buffer | undefined): void {
    this.next = to;
    this.lastHash = lastHash ?? this.lastHash;
    this.#outstanding += 1;
  }

  /** Records that a batch was written or dropped. */
  returned(): void {
    this.#outstanding -= 1;
    if (this.#outstanding === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Resolves when no batch is in flight. */
  drained(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }
}
