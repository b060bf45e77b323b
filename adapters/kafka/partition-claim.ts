/** A claim as the Kafka source keeps it: where its partition is read next, and what of it is still on its way. */
import type { Claim } from '../../pipeline/batch.ts';

/** What a claim begins with. */
type Start = Pick<PartitionClaim, 'topic' | 'partition' | 'epoch' | 'index' | 'next' | 'logEnd' | 'lastHash'> & {
  readonly low: bigint;
};

/** One partition owned in the present join of the group. */
export class PartitionClaim implements Claim {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly index: number;
  revoked = false;
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

  /** Hash of the last durable record. */
  readonly lastHash: Buffer | null;
  /** True until the last durable record was seen again and compared, or found to be gone. */
  proofPending: boolean;

  constructor({ topic, partition, epoch, index, next, low, logEnd, lastHash }: Start) {
    this.topic = topic;
    this.partition = partition;
    this.epoch = epoch;
    this.index = index;
    this.next = next;
    this.durable = next;
    this.told = next;
    this.logEnd = logEnd;
    this.lastHash = lastHash;
    this.proofPending = lastHash !== null && next > low;
  }

  /** Where fetching begins: one offset earlier while the last durable record is to be compared. */
  get readFrom(): bigint {
    return this.proofPending ? this.next - 1n : this.next;
  }

  /** A batch sets out. */
  sent(to: bigint): void {
    this.next = to;
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
