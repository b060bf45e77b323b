/**
 * Filters records of aborted transactions, because kafkajs's own filter is wrong. The broker lists aborted transactions in
 * the order of their ends; kafkajs reads the list as ordered by their beginnings and opens at most one for each record.
 * It also ends a transaction at any record with the key 00000000, such as a row whose id is the integer 0. So records of
 * overlapping aborted transactions would pass and be written (rule 4).
 */
import type { FetchedRecord } from './records.ts';

/** An aborted transaction that overlaps the fetched records, as the broker lists it. */
export type AbortedTransaction = { readonly producerId: string; readonly firstOffset: string };

/** Key of the control record that aborts a transaction: version 0, type 0. */
const abortKey = '00000000';

/** Returns the records in order. Aborted ones are marked as control records, of which only the offset counts. */
export function markAborted(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[],
): readonly FetchedRecord[] {
  if (aborted.length === 0) return records;
  const pending = aborted.map(({ producerId, firstOffset }) => ({ producerId, first: BigInt(firstOffset) }));
  // Sorted so that the earliest is last and can be popped.
  pending.sort((one, other) => (one.first < other.first ? 1 : -1));
  const open = new Set<string>();
  return records.map((record) => {
    const offset = BigInt(record.offset);
    for (let last = pending.at(-1); last !== undefined && last.first <= offset; last = pending.at(-1)) {
      open.add(last.producerId);
      pending.pop();
    }
    const { producerId, inTransaction } = record.batchContext;
    if (!record.isControlRecord) {
      return inTransaction && open.has(producerId) ? { ...record, isControlRecord: true } : record;
    }
    if (record.key?.toString('hex') === abortKey) open.delete(producerId);
    return record;
  });
}
