/** The labelled sample of the repository, so that a change which makes one kind worse is noticed before it is measured. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askAll, scores, share } from './score.ts';

const answers = askAll(join(import.meta.dirname, 'accuracy-sample'));

test.each(Object.entries(answers))('%s is right on the sample', (_, rows) => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter(({ outcome }) => outcome === 'wrong' || outcome === 'abstained').map(({ told }) => told)).toEqual(
    [],
  );
});

test('no answer to an ambiguous row is half an answer', () => {
  const ambiguous = scores(answers.inferred_country ?? []).get('ambiguous');
  if (ambiguous === undefined) throw new Error('the sample has no ambiguous rows');
  expect(ambiguous.half).toBeGreaterThan(0);
  expect(share(ambiguous)).toBe((ambiguous.correct + ambiguous.half / 2) / ambiguous.rows);
});
