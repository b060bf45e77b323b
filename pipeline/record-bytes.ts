/** What a record costs in the credit window. */
import type { RawRecord } from './change.ts';

/**
 * Bytes of a record beside its texts: the objects that carry it through the stages. Without it a million tiny records
 * would pass as nothing. Measured as growth of memory: 500 for an event that is decoded and enriched, up to 1,800 for a
 * captured change of 14 columns.
 */
const overhead = 1024;

/**
 * Credit a record takes, in bytes. The value counts twice, because it is held as it came, for a dead letter, and as what
 * was made of it to be written.
 */
export const recordBytes = ({ key, value, headers }: RawRecord): number =>
  overhead + (key?.length ?? 0) + 2 * (value?.length ?? 0) + (headers?.bytes ?? 0);
