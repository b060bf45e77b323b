/** What a transaction of the sink comes to, worked out from a group and what the merge did with it. */
import { addCounts, type Batch, type Claim, type RecordCounts } from '../../pipeline/batch.ts';
import type { FromRecord, Parked, Position } from '../../pipeline/change.ts';
import type { Misfit } from '../../pipeline/misfit.ts';
import type { Rejection } from '../../schemas/rejection.ts';
import type { PartitionProgress } from '../contract.ts';
import type { RefusedRecord } from './merge-group.ts';
import type { Dependencies, Excluded } from './rows.ts';

/** Batches that are written in one transaction. */
export type Group<C> = readonly Batch<C>[];

/** What a transaction makes durable: the batches as they end, and the progress of each claim. */
export type Made<C> = { readonly settled: Group<C>; readonly progress: readonly PartitionProgress[] };

/** The record that a claim waits with; `misfit` where it waits for the definition of a table. */
export type Waiting = { readonly offset: bigint; readonly position: Position; readonly misfit: Misfit | null };

/** How an attempt to write a group ended. Only `written` has changed anything. */
export type Attempt<C> =
  | ({ readonly kind: 'written' } & Made<C>)
  /** Other workers own these claims. */
  | { readonly kind: 'fenced'; readonly claims: readonly Claim[] }
  /** The group must be written again without these records. */
  | { readonly kind: 'repeat'; readonly excluded: Excluded }
  /** From one record on, these claims wait. */
  | { readonly kind: 'waiting'; readonly waiting: ReadonlyMap<Claim, Waiting> };

/** What a claim waits with. */
export const waitingWith = <S, C extends FromRecord>(
  { positionOf }: Dependencies<S, C>,
  record: C,
  misfit: Misfit | null,
): Waiting => ({ offset: BigInt(record.origin.offset), position: positionOf(record), misfit });

/** The records of a group in the order of their ordinals, with the claim of each. */
export function* numbered<C>(group: Group<C>): Generator<readonly [claim: Claim, record: C]> {
  for (const { claim, records } of group) for (const record of records) yield [claim, record];
}

/** The records that were refused, and why. */
export function refusedRecords<C extends FromRecord>(
  group: Group<C>,
  refused: ReadonlyMap<number, RefusedRecord>,
): [C['origin'], Rejection][] {
  let ordinal = -1;
  return [...numbered(group)].flatMap(([, { origin }]) => {
    ordinal += 1;
    const found = refused.get(ordinal);
    return found === undefined ? [] : [[origin, found.rejection]];
  });
}

/** The group up to the records that claims wait with, and the whole batches that hold the rest. */
export function cutBefore<S, C extends FromRecord>(
  group: Group<C>,
  waiting: ReadonlyMap<Claim, Waiting>,
  dependencies: Dependencies<S, C>,
): { readonly before: Group<C>; readonly from: Group<C> } {
  const before: Batch<C>[] = [];
  const from: Batch<C>[] = [];
  for (const batch of group) {
    const end = waiting.get(batch.claim)?.offset;
    if (end === undefined || batch.to <= end) {
      before.push(batch);
      continue;
    }
    // The whole of a first part was given back when it was cut.
    if (!isFirstPart(batch)) from.push(batch);
    if (batch.from < end) before.push(firstPart(batch, end, dependencies));
  }
  return { before, from };
}

/** Whether a batch is the first part of one that was cut. */
export const isFirstPart = ({ mark }: Batch<unknown>): boolean => mark === 'unknown';

/** A batch up to an offset. */
function firstPart<S, C extends FromRecord>(
  batch: Batch<C>,
  end: bigint,
  { progressAt }: Dependencies<S, C>,
): Batch<C> {
  const isBefore = (offset: string) => BigInt(offset) < end;
  const records = batch.records.filter(({ origin }) => isBefore(origin.offset));
  const parked = batch.parked.filter(({ record }) => isBefore(record.offset));
  const filtered = batch.filtered.filter(isBefore);
  const read = records.length + parked.length + filtered.length;
  const last = records.at(-1);
  const reached = last === undefined ? null : progressAt(last);
  return { ...batch, to: end, read, records, parked, filtered, mark: 'unknown', reached };
}

/** The group with excluded records moved to the parked ones. */
export const withoutExcluded = <C extends FromRecord>(group: Group<C>, excluded: Excluded): Group<C> =>
  excluded.size === 0
    ? group
    : group.map((batch) => {
        const records: C[] = [];
        const parked: Parked[] = [...batch.parked];
        for (const record of batch.records) {
          const rejection = excluded.get(record.origin);
          if (rejection) parked.push({ record: record.origin, stage: 'write', rejection });
          else records.push(record);
        }
        return { ...batch, records, parked };
      });

/** Adds up the batches of each claim: offsets from the first to the last, and all counts. */
export function progressOf<C>(
  group: Group<C>,
  applied: ReadonlyMap<number, number>,
  isLeftOut: (record: C) => boolean,
): readonly PartitionProgress[] {
  const byClaim = new Map<Claim, PartitionProgress>();
  for (const [index, batch] of group.entries()) {
    const { claim, mark, reached } = batch;
    const before = byClaim.get(claim);
    const counts = countsOf(batch, applied.get(index) ?? 0, isLeftOut);
    byClaim.set(claim, {
      claim,
      from: before?.from ?? batch.from,
      to: batch.to,
      counts: before ? addCounts(before.counts, counts) : counts,
      mark: mark ?? before?.mark ?? null,
      reached: reached ?? before?.reached ?? null,
    });
  }
  return [...byClaim.values()];
}

function countsOf<C>(
  { read, records, filtered, parked }: Batch<C>,
  applied: number,
  isLeftOut: (record: C) => boolean,
): RecordCounts {
  const leftOut = records.reduce((count, record) => (isLeftOut(record) ? count + 1 : count), 0);
  return {
    read,
    applied,
    superseded: records.length - leftOut - applied,
    filtered: filtered.length + leftOut,
    parked: parked.length,
  };
}
