/** Computes the result of a sink transaction from its group and the outcome of the merge. */
import { addCounts, type Batch, type Claim, type RecordCounts } from '../../pipeline/batch.ts';
import type { FromRecord, Parked, Position } from '../../pipeline/change.ts';
import type { Misfit } from '../../pipeline/misfit.ts';
import type { Rejection } from '../../schemas/rejection.ts';
import type { PartitionProgress } from '../contract.ts';
import type { RefusedRecord } from './merge-group.ts';
import type { Dependencies, Excluded } from './rows.ts';

/** Batches that are written in one transaction. */
export type Group<C> = readonly Batch<C>[];

/** What a transaction wrote: its batches in their final form, and the progress of each claim. */
export type DurableWrite<C> = { readonly settled: Group<C>; readonly progress: readonly PartitionProgress[] };

/** The record at which a claim waits. `misfit` is set if it waits for a change of a table's definition. */
export type Waiting = { readonly offset: bigint; readonly position: Position; readonly misfit: Misfit | null };

/** The result of an attempt to write a group. Only `written` has changed the database. */
export type Attempt<C> =
  | ({ readonly kind: 'written' } & DurableWrite<C>)
  /** Other workers own these claims. */
  | { readonly kind: 'fenced'; readonly claims: readonly Claim[] }
  /** The group must be written again without these records. */
  | { readonly kind: 'repeat'; readonly excluded: Excluded }
  /** These claims wait, each at one record. */
  | { readonly kind: 'waiting'; readonly waiting: ReadonlyMap<Claim, Waiting> };

/** Returns the `Waiting` of a claim for the record at which it waits. */
export const waitingWith = <S, C extends FromRecord>(
  { positionOf }: Dependencies<S, C>,
  record: C,
  misfit: Misfit | null,
): Waiting => ({ offset: BigInt(record.origin.offset), position: positionOf(record), misfit });

/** The records of a group in the order of their ordinals, with the claim of each. */
export function* numbered<C>(group: Group<C>): Generator<readonly [claim: Claim, record: C]> {
  for (const { claim, records } of group) for (const record of records) yield [claim, record];
}

/** Returns the refused records, each with its rejection. */
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

/**
 * Cuts a group at the records at which claims wait. `before` is the part that can be written, and `from` has the whole batches
 * of the rest.
 */
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
    // For a first part, an earlier cut has already returned the whole batch.
    if (!isFirstPart(batch)) from.push(batch);
    if (batch.from < end) before.push(firstPart(batch, end, dependencies));
  }
  return { before, from };
}

/** Whether a batch is the first part of a cut batch. */
export const isFirstPart = ({ mark }: Batch<unknown>): boolean => mark === 'unknown';

/** Returns the part of a batch before an offset. */
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

/** Returns the group with its excluded records parked. */
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

/** Returns the progress of each claim: the range of offsets and the total record counts of its batches. */
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
