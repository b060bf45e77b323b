/** Counts the records of a run, for its periodic line: throughput, outcomes and transaction sizes. */
import { UnknownFields } from '../formats/unknown-fields.ts';
import { addCounts, type RecordCounts, zeroCounts } from './batch.ts';
import { ParkedReasons } from './parked-reasons.ts';
import type { Clock } from './ports.ts';
import type { Committed } from './stages/acknowledge.ts';

/** Counts of irregularities that do not stop a run. */
export type Noticed = {
  readonly unknownFields: UnknownFields;
  truncated: number;
  timesCut: number;
  computedTooLong: number;
};

/** Returns counts of zero. */
export const nothingNoticed = (): Noticed => ({
  unknownFields: new UnknownFields(),
  truncated: 0,
  timesCut: 0,
  computedTooLong: 0,
});

/** The progress of one run. */
export class Progress {
  readonly noticed: Noticed = nothingNoticed();
  /** Reasons of all records parked since the start. */
  readonly reasons = new ParkedReasons();
  readonly #clock: Clock;
  #total: RecordCounts = zeroCounts;
  #since: { at: number; counts: RecordCounts; transactions: number };
  #transactions = 0;
  #largest = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = { at: clock.now(), counts: zeroCounts, transactions: 0 };
  }

  /** Record counts since the start. */
  get counts(): RecordCounts {
    return this.#total;
  }

  /** Adds a durable transaction. */
  add({ counts, batches }: Committed): void {
    this.reasons.add(batches);
    this.#total = addCounts(this.#total, counts);
    this.#transactions += 1;
    this.#largest = Math.max(this.#largest, counts.read);
  }

  /** Returns the fields of the periodic line: rates since the last call, totals since the start. Undefined if idle. */
  line(): object | undefined {
    const now = this.#clock.now();
    const seconds = (now - this.#since.at) / 1000;
    const read = this.#total.read - this.#since.counts.read;
    const transactions = this.#transactions - this.#since.transactions;
    const largest = this.#largest;
    this.#since = { at: now, counts: this.#total, transactions: this.#transactions };
    this.#largest = 0;
    if (transactions === 0) return undefined;
    const { unknownFields, ...counts } = this.noticed;
    const counted = Object.entries({ unknownFields: unknownFields.total, ...counts }).filter(([, count]) => count > 0);
    return {
      perSecond: seconds > 0 ? Math.round(read / seconds) : read,
      ...this.#total,
      transactions,
      meanRecords: Math.round(read / transactions),
      mostRecords: largest,
      ...Object.fromEntries(counted),
      ...(unknownFields.total > 0 ? { unknownNames: Object.fromEntries(unknownFields.names) } : {}),
    };
  }
}
