/**
 * Splits the fetched records of a partition into slices that are small compared with the credit window. A compressed batch
 * may unpack to many times the window. As a whole it would exist twice in memory, be decoded without a heartbeat in
 * between, and be written in one transaction.
 */
import type { RawRecord } from '../../../pipeline/change.ts';
import { recordBytes } from '../../../pipeline/record-bytes.ts';

/** Most bytes of a slice, unless a single record is larger. Most fetches fit into one slice. */
const sliceBytes = 4 * 2 ** 20;

/** Consecutive records and the credit that they take. */
export type Slice = { readonly records: readonly RawRecord[]; readonly bytes: number };

/** Yields the records in order; a single empty slice when there are none. */
export function* splitFetch(records: readonly RawRecord[], most = sliceBytes): Generator<Slice> {
  let first = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    const more = recordBytes(record);
    if (index > first && bytes + more > most) {
      yield { records: records.slice(first, index), bytes };
      first = index;
      bytes = 0;
    }
    bytes += more;
  }
  yield { records: first === 0 ? records : records.slice(first), bytes };
}
