/** Plain batches without a source, for tests of single parts of the pipeline. */
import { type Batch, type Claim, initialProgress } from '../pipeline/batch.ts';
import type { RawRecord } from '../pipeline/change.ts';
import type { Events } from '../pipeline/events.ts';
import type { Logger } from '../pipeline/ports.ts';

export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An event stream without subscribers. */
export const unheard: Events = { emit: () => {} };

export const claimOf = (partition = 0): Claim => ({
  topic: 't',
  partition,
  epoch: 1n,
  index: partition,
  revoked: false,
  reached: initialProgress,
});

/** A batch of `records` of a claim, starting at an offset. */
export function batch<T>(claim: Claim, from: number, records: readonly T[], more: Partial<Batch<T>> = {}): Batch<T> {
  const to = BigInt(from + records.length);
  return {
    claim,
    from: BigInt(from),
    to,
    bytes: 0,
    read: records.length,
    records,
    filtered: [],
    parked: [],
    mark: null,
    reached: null,
    ...more,
  };
}

export const raw = (value: string | null, more: Partial<RawRecord> = {}): RawRecord => ({
  offset: '0',
  timestamp: '0',
  key: null,
  value: value === null ? null : Buffer.from(value),
  ...more,
});
