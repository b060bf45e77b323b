/** What a record costs in the credit window. */
import type { RawRecord } from './change.ts';

/**
 * Bytes of a record beside its texts: the objects that carry it through the stages. Without it a million tiny records
 * would pass as nothing. Measured as growth of memory per decoded and enriched record: 700 for three fields, 950 for all.
 */
const overhead = 1024;

/**
 * Credit a record takes, in bytes. The value counts twice, because it is held as it came, for a dead letter, and as the
 * cells made of it. (A large text costs three times its bytes if it is ASCII but for a character beyond Latin-1.)
 */
export const recordBytes = ({ key, value, headers }: RawRecord): number =>
  overhead + (key?.length ?? 0) + 2 * (value?.length ?? 0) + (headers?.bytes ?? 0);
