/** Proves that encoded rows of any length and content are unchanged, and that they share blocks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncodedRow } from '../../../pipeline/change.ts';
import { CopyRows } from './copy-rows.ts';

const textOf = ({ block, start, end }: EncodedRow): string => block.toString('utf8', start, end);

test('every row is unchanged after all others have been added', () => {
  const part = fc.constantFrom('a', '\t', '\\N', 'é', '日本', '\u{1f600}', '');
  const text = fc.tuple(part, fc.nat(6_000)).map(([one, times]) => one.repeat(times));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), fc.nat(80), (texts, announced) => {
      const rows = new CopyRows();
      rows.begin(announced);
      expect(texts.map((one) => rows.addText(one)).map(textOf)).toEqual(texts);
    }),
  );
});

test('hundreds of rows share a block, and a long row has its own of exactly its size', () => {
  const rows = new CopyRows();
  rows.begin(1_001);
  const added = Array.from({ length: 1_000 }, (_, i) => rows.addText(`${i}`.padEnd(300, '.')));
  expect(new Set(added.map(({ block }) => block)).size).toBeLessThan(10);
  expect(rows.addText('é'.repeat(5_000)).block.length).toBe(10_000);
});

test('batches share no block, and a small batch gets a small block', () => {
  const rows = new CopyRows();
  const batches = Array.from({ length: 100 }, () => {
    rows.begin(2);
    return [rows.addText('a'.repeat(400)), rows.addText('b'.repeat(420))];
  });
  const blocks = batches.map((two) => new Set(two.map(({ block }) => block)));
  expect(new Set(blocks.flatMap((some) => [...some])).size).toBe(100);
  for (const [block] of blocks) expect(block?.length).toBeLessThan(2_000);
});
