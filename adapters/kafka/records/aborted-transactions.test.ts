/** Proves that only committed records remain of overlapping transactions, wherever a fetch begins. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AbortedTransaction, markAborted } from './aborted-transactions.ts';
import type { FetchedRecord } from './records.ts';

const zeroKey = Buffer.alloc(4);
const commitKey = Buffer.from([0, 0, 0, 1]);

const record = (offset: number, producerId: string, over: Partial<FetchedRecord> = {}): FetchedRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: zeroKey,
  value: null,
  headers: undefined,
  isControlRecord: false,
  batchContext: { producerId, inTransaction: true },
  ...over,
});

const remaining = (records: readonly FetchedRecord[]): readonly string[] =>
  records.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => offset);

test('no record passes when two aborted transactions overlap and the later one ends first (rule 4)', () => {
  const marker = { isControlRecord: true };
  const log = [record(0, 'a'), record(1, 'b'), record(2, 'a'), record(3, 'b', marker), record(4, 'a', marker)];
  // The broker orders them by their ends.
  const aborted = [
    { producerId: 'b', firstOffset: '1' },
    { producerId: 'a', firstOffset: '0' },
  ];
  for (let from = 0; from < log.length; from += 1) expect(remaining(markAborted(log.slice(from), aborted))).toEqual([]);
});

test('only committed records and all offsets remain of any overlapping transactions (rule 4)', () => {
  const action = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('send', 'send', 'send', 'commit', 'abort'));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), fc.nat(60), (actions, from) => {
      const log: FetchedRecord[] = [];
      const committed = new Set<string>();
      const aborted: (AbortedTransaction & { readonly last: number })[] = [];
      const open = new Map<string, string[]>();
      const end = (producerId: string, how: 'commit' | 'abort') => {
        const sent = open.get(producerId);
        if (sent === undefined) return;
        open.delete(producerId);
        const key = how === 'commit' ? commitKey : zeroKey;
        log.push(record(log.length, producerId, { isControlRecord: true, key }));
        if (how === 'commit') for (const offset of sent) committed.add(offset);
        else aborted.push({ producerId, firstOffset: sent[0] ?? '', last: log.length - 1 });
      };
      for (const [producerId, what] of actions) {
        if (what !== 'send') end(producerId, what);
        else {
          open.set(producerId, [...(open.get(producerId) ?? []), String(log.length)]);
          log.push(record(log.length, producerId));
        }
      }
      // A broker returns nothing beyond the first open transaction, so all transactions are ended here.
      for (const producerId of ['a', 'b', 'c']) end(producerId, 'abort');
      const fetched = log.slice(from);
      const found = markAborted(
        fetched,
        aborted.filter(({ last }) => last >= from),
      );
      expect(found.map(({ offset }) => offset)).toEqual(fetched.map(({ offset }) => offset));
      expect(remaining(found)).toEqual(fetched.map(({ offset }) => offset).filter((offset) => committed.has(offset)));
    }),
    { numRuns: 500 },
  );
});

test('a record outside of a transaction remains, even of a producer with an aborted one', () => {
  const plain = record(5, 'a', { batchContext: { producerId: 'a', inTransaction: false } });
  expect(remaining(markAborted([plain], [{ producerId: 'a', firstOffset: '0' }]))).toEqual(['5']);
});
