/** Tracks how far a file is read, and checks that it is still the file that was read before (rule 7). */
import { createHash } from 'node:crypto';
import type { Batch, SourceProgress } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import type { Claimed } from '../../pipeline/ports.ts';
import type { FileElement } from './elements.ts';

/** Counts and hashes the elements of a file, and skips those that are already durable. */
export class Reading {
  readonly epoch: bigint;
  readonly reached: SourceProgress;
  /** Why the position is lost: the part read before has changed. */
  loss: string | undefined;
  readonly #start: bigint;
  readonly #expectedHash: Buffer | null;
  readonly #timestamp: string;
  readonly #hash = createHash('sha256');
  #next = 0n;

  constructor({ epoch, nextOffset, lastHash, reached }: Claimed, timestamp: string) {
    this.epoch = epoch;
    this.reached = reached;
    this.#start = nextOffset;
    this.#expectedHash = lastHash;
    this.#timestamp = timestamp;
  }

  /** The records of a group that are not durable yet; none when the position is lost. */
  take(group: readonly FileElement[]): RawRecord[] {
    const records: RawRecord[] = [];
    for (const { value, columns } of group) {
      if (this.#next === this.#start) this.#compare();
      if (this.loss !== undefined) return [];
      // Other column names change the meaning of every record, so they are part of the hash.
      if (this.#next === 0n && columns) this.#hash.update(`${JSON.stringify(columns.names)}\n`);
      this.#hash.update(value).update('\n');
      if (this.#next >= this.#start) {
        records.push({ offset: String(this.#next), timestamp: this.#timestamp, key: null, value, headers: columns });
      }
      this.#next += 1n;
    }
    return records;
  }

  /** Offsets and mark of the records that `take` returned last. */
  covered(records: readonly RawRecord[]): Pick<Batch<RawRecord>, 'from' | 'to' | 'mark'> {
    const mark = { timestamp: this.#timestamp, hash: this.#hash.copy().digest() };
    return { from: this.#next - BigInt(records.length), to: this.#next, mark };
  }

  /** Checks at the end of the file that it contains everything that was read before. */
  end(): void {
    if (this.#next < this.#start) this.loss = `it has ${this.#next} records, ${this.#start} were read before`;
    if (this.#next === this.#start) this.#compare();
  }

  #compare(): void {
    if (this.#start === 0n || this.#expectedHash === null) return;
    if (this.#hash.copy().digest().equals(this.#expectedHash)) return;
    this.loss = `its first ${this.#start} records are not those read before`;
  }
}
