/** What a record costs in the credit window. */
import type { RawRecord } from './change.ts';

/**
 * Bytes of a record beside its key and value: the objects that carry it through the stages. Without it a million tiny
 * records would pass as nothing. Measured as growth of the heap per decoded and enriched record without its texts.
 */
const overhead = 1024;

/** Credit a record takes, in bytes. Headers count by their names and values. */
export function recordBytes({ key, value, headers }: RawRecord): number {
  let bytes = overhead + (key?.length ?? 0) + (value?.length ?? 0);
  if (headers === undefined) return bytes;
  for (const name in headers) {
    const values = headers[name];
    bytes += name.length + 64;
    for (const one of Array.isArray(values) ? values : [values]) bytes += one?.length ?? 0;
  }
  return bytes;
}
