/** A claim as the Kafka source keeps it: where its partition is read next, and what of it is still on its way. */
import type { Claim, SourceProgress } from '../../../pipeline/batch.ts';

/** What a claim begins with. */
type Start = Pick<
  PartitionClaim,
  'topic' | 'partition' | 'epoch' | 'index' | 'next' | 'logEnd' | 'lastHash' | 'stalls' | 'reached'
> & {
  readonly low: bigint;
};

/** One partition owned in the present join of the group. */
export class PartitionClaim implements Claim {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly index: number;
  revoked = false;
  reached: SourceProgress;
  /** True once its position turned out to be lost: what was taken before may still be written, nothing new is taken. */
  ended = false;
  /** The offset the next batch is expected at. */
  next: bigint;
  /** Everything below is durable. */
  durable: bigint;
  /** The part of `durable` that Kafka has been told. */
  told: bigint;
  /** End of the log as the last fetch saw it. */
  logEnd: bigint;
  #outstanding = 0;
  readonly #drained: (() => void)[] = [];

  /** Hash of the last record before `next`: the last durable one at first, then the last one taken. */
  lastHash: Buffer | null;
  /** True until that record was seen again and compared, or found to be gone. */
  proofPending: boolean;
  /** Pauses of this process after which the position was proven again. */
  stalls: number;

  constructor({ topic, partition, epoch, index, next, low, logEnd, lastHash, stalls, reached }: Start) {
    this.topic = topic;
    this.partition = partition;
    this.epoch = epoch;
    this.index = index;
    this.next = next;
    this.durable = next;
    this.told = next;
    this.logEnd = logEnd;
    this.lastHash = lastHash;
    this.stalls = stalls;
    this.reached = reached;
    this.proofPending = lastHash !== null && next > low;
  }

  /** Whether batches may be taken for it. */
  get open(): boolean {
    return !this.revoked && !this.ended;
  }

  /** Where fetching begins: one offset earlier while the last durable record is to be compared. */
  get readFrom(): bigint {
    return this.proofPending ? this.next - 1n : this.next;
  }

  /** The record before `next` is to be seen again. False when there is none to be compared with. */
  proveAgain(): boolean {
    this.proofPending = this.lastHash !== null;
    return this.proofPending;
  }

  /** A batch sets out; `lastHash` is that of its last record, if it has one. */
  sent(to: bigint, lastHash: Buffer | undefined): void {
    this.next = to;
    this.lastHash = lastHash ?? this.lastHash;
    this.#outstanding += 1;
  }

  /** A batch is done with. */
  returned(): void {
    this.#outstanding -= 1;
    if (this.#outstanding === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Resolves when no batch of it is on its way. */
  drained(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }
}
