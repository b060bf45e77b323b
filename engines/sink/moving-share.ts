/** The exponential moving share of superseded records, which engines keep with the checkpoint. */
import type { RecordCounts } from '../../pipeline/batch.ts';

/** Number of records after which the weight of a record has fallen to 1/e. */
const movingShareRecords = 1000;

/**
 * The factor for the former share, and the addend. Each record reduces the weight of former ones by a thousandth. Rounded,
 * because PostgreSQL refuses floats too close to 0.
 */
export function movingShare({ read, superseded }: Pick<RecordCounts, 'read' | 'superseded'>): {
  readonly kept: number;
  readonly gained: number;
} {
  if (read === 0) return { kept: 1, gained: 0 };
  const kept = Number(Math.exp(-read / movingShareRecords).toFixed(6));
  return { kept, gained: (1 - kept) * (superseded / read) };
}
