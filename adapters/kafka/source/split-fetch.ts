/**
 * What one fetch brings of a partition, in pieces small beside the window. A compressed batch may unpack to many times
 * the window; whole, it would be held twice, decoded at a stretch without a heartbeat, and written in one transaction.
 */
import type { RawRecord } from '../../../pipeline/change.ts';
import { recordBytes } from '../../../pipeline/record-bytes.ts';

/** Most credit that a piece takes, in bytes, unless a single record takes more. Most fetches are one piece. */
export const pieceBytes = 4 * 2 ** 20;

/** A run of records and the credit it takes. */
export type Piece = { readonly records: readonly RawRecord[]; readonly bytes: number };

/** The records in order; a single empty piece when there are none. */
export function* inPieces(records: readonly RawRecord[], most = pieceBytes): Generator<Piece> {
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
