/** Proves that rows come back as they were, however long they are and whatever they consist of, and share their blocks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CopyRow, CopyRows } from './copy-rows.ts';

const textOf = ({ block, start, end }: CopyRow): string => block.toString('utf8', start, end);

test('every row comes back, after all others have been added', () => {
  const part = fc.constantFrom('a', '\t', '\\N', 'é', '日本', '\u{1f600}', '');
  const text = fc.tuple(part, fc.nat(6_000)).map(([one, times]) => one.repeat(times));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const rows = new CopyRows();
      expect(texts.map((one) => rows.add(one)).map(textOf)).toEqual(texts);
    }),
  );
});

test('rows share a block, and a long one has its own, no larger than itself', () => {
  const rows = new CopyRows();
  const added = Array.from({ length: 1_000 }, (_, i) => rows.add(`${i}`.padEnd(300, '.')));
  expect(new Set(added.map(({ block }) => block)).size).toBeLessThan(50);
  for (const { block } of added) expect(block.length).toBe(8 * 1024);
  const long = rows.add('é'.repeat(5_000));
  expect(long.block.length).toBe(10_000);
  expect(rows.add('x').block).toBe(added.at(-1)?.block);
});
