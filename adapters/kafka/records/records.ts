/**
 * Reads the records of an unpacked batch in one loop over the bytes. A record costs its object, its buffers and two
 * strings, where kafkajs creates a decoder and a dozen objects for 64-bit arithmetic. Keys, values and headers are views
 * on the bytes.
 */
import type { RawRecord } from '../../../pipeline/change.ts';
import { type CodecError, damaged } from '../codec/codec-error.ts';
import { EncodedHeaders } from './record-headers.ts';
import { Varints } from './varints.ts';

/** The fields of a batch's header that its records need. */
export type BatchHeader = {
  readonly count: number;
  readonly firstOffset: bigint;
  readonly firstTimestamp: bigint;
  /** The time at which the broker appended the batch, where the topic uses that for all records; else undefined. */
  readonly appended: bigint | undefined;
  readonly isControl: boolean;
  readonly context: BatchContext;
};

/** Identifies records of aborted transactions. */
type BatchContext = { readonly producerId: string; readonly inTransaction: boolean };

/** A record with the fields that the pipeline and kafkajs's consumer need. */
export type FetchedRecord = RawRecord & { readonly isControlRecord: boolean; readonly batchContext: BatchContext };

/** Appends the records of a batch to `into`. Throws `corrupt_batch` unless the bytes are exactly `count` whole records. */
export function readRecords(bytes: Buffer, batch: BatchHeader, into: FetchedRecord[]): void {
  const { count, appended, isControl, context } = batch;
  const firstOffset = exact(batch.firstOffset);
  const firstTimestamp = exact(batch.firstTimestamp);
  const varints = new Varints(bytes);
  let timestampDelta: number | bigint = 0;
  let timestamp = String(appended ?? firstTimestamp);
  for (let index = 0; index < count; index += 1) {
    const length = varints.int();
    const end = varints.at + length;
    if (length < 0 || end > bytes.length) throw damagedRecord(batch, index, 'does not end within the batch');
    varints.at += 1; // Attributes, of which Kafka uses no bit yet.
    const delta = varints.long();
    // Records of one batch often have the same timestamp; then they share the string.
    if (delta !== timestampDelta && appended === undefined) {
      timestampDelta = delta;
      timestamp = sum(firstTimestamp, delta);
    }
    const offsetDelta = varints.int();
    const keyLength = varints.int();
    const keyAt = varints.at;
    if (keyLength > 0) varints.at += keyLength;
    const valueLength = varints.int();
    const valueAt = varints.at;
    if (valueLength > 0) varints.at += valueLength;
    const headersAt = varints.at;
    const headers = varints.int();
    if (keyLength < -1 || valueLength < -1 || headers < 0) throw damagedRecord(batch, index, 'has a negative length');
    if (headers === 0 ? varints.at !== end : varints.at > end) {
      throw damagedRecord(batch, index, 'is not as long as it says');
    }
    into.push({
      offset: sum(firstOffset, offsetDelta),
      timestamp,
      key: keyLength < 0 ? null : bytes.subarray(keyAt, keyAt + keyLength),
      value: valueLength < 0 ? null : bytes.subarray(valueAt, valueAt + valueLength),
      headers: headers === 0 ? undefined : new EncodedHeaders(bytes.subarray(headersAt, end)),
      isControlRecord: isControl,
      batchContext: context,
    });
    varints.at = end;
  }
  if (varints.at !== bytes.length) throw damaged(batch.firstOffset, `it holds more than its ${count} records`);
}

/**
 * Appends control records for the offsets that compaction removed from the end of a batch, at the first and the last of
 * them, so that the consumer passes them. Kafka keeps an empty batch as long as its producer is active. When a segment
 * ends with one, a fetch returns nothing else, and kafkajs would repeat that fetch forever.
 */
export function markHole({ count, firstOffset, context }: BatchHeader, last: bigint, into: FetchedRecord[]): void {
  const first = count === 0 ? firstOffset : BigInt(into.at(-1)?.offset ?? last) + 1n;
  if (first > last) return;
  for (const offset of first === last ? [last] : [first, last]) {
    into.push({
      offset: String(offset),
      timestamp: '-1',
      key: null,
      value: null,
      headers: undefined,
      isControlRecord: true,
      batchContext: context,
    });
  }
}

/** A number where that is exact, because its arithmetic is many times cheaper. */
function exact(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** The sum in 64 bits, as decimal text. */
function sum(base: number | bigint, delta: number | bigint): string {
  if (typeof base === 'number' && typeof delta === 'number') {
    const number = base + delta;
    if (Number.isSafeInteger(number)) return String(number);
  }
  return String(BigInt.asIntN(64, BigInt(base) + BigInt(delta)));
}

const damagedRecord = ({ firstOffset, count }: BatchHeader, index: number, what: string): CodecError =>
  damaged(firstOffset, `record ${index + 1} of ${count} ${what}`);
