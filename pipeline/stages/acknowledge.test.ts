/** Proves that every batch is released to its source exactly once, with the right fate. */
import { from, lastValueFrom, NEVER, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { batch, claimOf } from '../../test/batches.ts';
import { type Batch, type Claim, zeroCounts } from '../batch.ts';
import type { Change } from '../change.ts';
import { nothingWritten, type Source } from '../ports.ts';
import { acknowledge } from './acknowledge.ts';

function listening() {
  const calls: (readonly [string, unknown])[] = [];
  const source: Source = {
    batches: () => NEVER,
    release: (one, fate) => void calls.push([fate, one]),
    onFenced: (claim: Claim) => void calls.push(['lost', claim]),
    postpone: (claim: Claim) => void calls.push(['postponed', claim]),
    stop: () => {},
    close: async () => {},
  };
  return { source, calls };
}

const of = (partition: number, offset: number): Batch<Change> => batch<Change>(claimOf(partition), offset, []);

test('committed batches are released as durable, fenced and dropped ones as dropped, after a fenced claim is lost', async () => {
  const { source, calls } = listening();
  const [a, b, c, d] = [of(0, 0), of(0, 1), of(1, 0), of(2, 0)] as const;
  const counts = { ...zeroCounts, read: 2, applied: 2 };
  const results = await lastValueFrom(
    from([{ ...nothingWritten, committed: [a, b], fenced: [c], dropped: [d], counts }]).pipe(
      acknowledge(source),
      toArray(),
    ),
  );
  expect(results).toEqual([{ counts, batches: [a, b] }]);
  expect(calls).toEqual([
    ['durable', a],
    ['durable', b],
    ['lost', c.claim],
    ['dropped', c],
    ['dropped', d],
  ]);
});

test('a group without a written batch still releases its batches', async () => {
  const { source, calls } = listening();
  const dropped = [of(0, 0), of(0, 1)];
  await lastValueFrom(from([{ ...nothingWritten, dropped }]).pipe(acknowledge(source)));
  expect(calls).toEqual(dropped.map((one) => ['dropped', one]));
});

test('a postponed batch is released as dropped after its claim is postponed, and its durable first part is not released', async () => {
  const { source, calls } = listening();
  const whole = of(1, 5);
  const begun: Batch<Change> = { ...whole, to: 6n, mark: 'unknown' };
  const result = { ...nothingWritten, committed: [of(0, 0)], begun: [begun], postponed: [whole], dropped: [] };
  const [emitted] = await lastValueFrom(from([result]).pipe(acknowledge(source), toArray()));
  expect(emitted?.batches).toHaveLength(2);
  expect(calls.map(([what]) => what)).toEqual(['durable', 'postponed', 'dropped']);
  expect(calls.at(-1)).toEqual(['dropped', whole]);
});
