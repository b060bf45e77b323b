/**
 * Records of aborted transactions, found by ourselves. The broker lists such transactions in the order of their ends;
 * kafkajs takes them for the order of their beginnings, opens one per record at most, and takes the end of one for what
 * any record with the key 00000000 says, such as a row whose id is the integer 0. Of two that overlap it lets records
 * through, which would be written (rule 4).
 */
import type { FetchedRecord } from './records.ts';

/** What the broker says of an aborted transaction that reaches into what was fetched. */
export type AbortedTransaction = { readonly producerId: string; readonly firstOffset: string };

/** Key of the control record that ends an aborted transaction: version 0, type 0. */
const abortKey = '00000000';

/** The records in order; those that were aborted are marked like control records, which only count as offsets. */
export function markAborted(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[],
): readonly FetchedRecord[] {
  if (aborted.length === 0) return records;
  const coming = aborted.map(({ producerId, firstOffset }) => ({ producerId, first: BigInt(firstOffset) }));
  // The one that begins first is taken from the end.
  coming.sort((one, other) => (one.first < other.first ? 1 : -1));
  const open = new Set<string>();
  return records.map((record) => {
    const offset = BigInt(record.offset);
    for (let last = coming.at(-1); last !== undefined && last.first <= offset; last = coming.at(-1)) {
      open.add(last.producerId);
      coming.pop();
    }
    const { producerId, inTransaction } = record.batchContext;
    if (!record.isControlRecord) {
      return inTransaction && open.has(producerId) ? { ...record, isControlRecord: true } : record;
    }
    if (record.key?.toString('hex') === abortKey) open.delete(producerId);
    return record;
  });
}
