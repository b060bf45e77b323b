import { expect, test } from 'vitest';
import type { Batch } from '../../../pipeline/batch.ts';
import type { Replicated } from '../../../pipeline/change.ts';
import { claimOf } from '../../../test/batches.ts';
import { OpenTransactions } from './open-transactions.ts';

const claim = claimOf();
const record = (offset: number, major: string): Replicated =>
  ({ origin: { offset: String(offset) }, position: { generation: 0, major, minor: String(offset) } }) as Replicated;
const groupOf = (...records: Replicated[]) => [{ claim, records } as unknown as Batch<Replicated>];

test('a transaction may continue if the group ends with it', () => {
  const open = new OpenTransactions();
  const [first, second] = [record(1, '5'), record(2, '5')];
  open.note(groupOf(first, second));
  expect(open.mayContinue(claim, first)).toBe(true);
  open.note(groupOf(first, second, record(3, '9')));
  expect(open.mayContinue(claim, first)).toBe(false);
});

test('a row of a snapshot has no others to wait for', () => {
  const open = new OpenTransactions();
  open.note(groupOf(record(1, '0')));
  expect(open.mayContinue(claim, record(1, '0'))).toBe(false);
});

test('a record waits for 30 s, and the next one for its own 30 s', () => {
  let now = 0;
  const open = new OpenTransactions(() => now);
  const [first, second] = [record(1, '5'), record(2, '5')];
  open.note(groupOf(first, second));
  expect(open.mayContinue(claim, first)).toBe(true);
  now = 29_999;
  expect(open.mayContinue(claim, first)).toBe(true);
  now = 30_000;
  expect(open.mayContinue(claim, first)).toBe(false);
  expect(open.mayContinue(claim, second)).toBe(true);
});
