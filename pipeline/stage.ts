/**
 * A stage maps batches to batches. Within a batch it is a plain loop, because an operator would cost about 10 ns per record, and
 * a promise about 1 µs.
 */
import { map, type OperatorFunction } from 'rxjs';
import { Rejection, type RejectionCode } from '../schemas/rejection.ts';
import type { Batch } from './batch.ts';
import type { FromRecord, Parked, RawRecord, Stage as StageName } from './change.ts';

/** An operator over batches. */
export type Stage<A, B = A> = OperatorFunction<Batch<A>, Batch<B>>;

/** The result of a step for one record: a value, a rejection, which parks the record, or undefined, which filters it. */
export type Verdict<B> = B | Rejection | undefined;

/** What a stage does with each record. */
export type Step<A extends RawRecord | FromRecord, B> = {
  /** Stage name in the dead letters of the records that it rejects. */
  readonly stage: StageName;
  /** Rejection code of an exception. */
  readonly onThrow: RejectionCode;
  readonly handle: (record: A) => Verdict<B>;
  /** Called with the number of records of a batch, before its first record. */
  readonly begin?: (records: number) => void;
};

/**
 * Returns a stage that runs the steps on each record. A rejection or an exception parks that record alone; `undefined` filters
 * it. Each record passes all steps before the next record, so that its intermediate values are short-lived and cheap to collect.
 */
export function perRecord<A extends RawRecord | FromRecord, B>(step: Step<A, B>): Stage<A, B>;
export function perRecord<A extends RawRecord | FromRecord, B extends FromRecord, C>(
  first: Step<A, B>,
  second: Step<B, C>,
): Stage<A, C>;
export function perRecord<C>(...steps: readonly Step<never, unknown>[]): Stage<RawRecord | FromRecord, C> {
  const all = steps as readonly Step<RawRecord | FromRecord, unknown>[];
  return map((batch) => {
    const records: C[] = [];
    const parked: Parked[] = [...batch.parked];
    const filtered = [...batch.filtered];
    for (const { begin } of all) begin?.(batch.records.length);
    for (const record of batch.records) {
      let verdict: unknown = record;
      for (const step of all) {
        verdict = attempt(step, verdict as RawRecord | FromRecord);
        if (verdict instanceof Rejection) {
          parked.push({ record: originOf(record), stage: step.stage, rejection: verdict });
          break;
        }
        if (verdict === undefined) {
          filtered.push(originOf(record).offset);
          break;
        }
      }
      if (verdict !== undefined && !(verdict instanceof Rejection)) records.push(verdict as C);
    }
    return { ...batch, records, filtered, parked };
  });
}

function attempt<A extends RawRecord | FromRecord, B>({ handle, onThrow }: Step<A, B>, record: A): Verdict<B> {
  try {
    return handle(record);
  } catch (error) {
    return new Rejection(onThrow, error instanceof Error ? error.message : String(error));
  }
}

const originOf = (record: RawRecord | FromRecord): RawRecord => ('origin' in record ? record.origin : record);
