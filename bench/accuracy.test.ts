/** Runs the enrichment functions on the labelled sample of the repository, to notice early when a change makes one kind worse. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askAll, scores, share } from './score.ts';

const answers = askAll(join(import.meta.dirname, 'accuracy-sample'));

test.each(Object.entries(answers))('the answers of %s on the sample are right', (_, rows) => {
  expect(rows.length).toBeGreaterThan(40);
  expect(
    rows.filter(({ outcome }) => outcome === 'wrong' || outcome === 'abstained').map(({ description }) => description),
  ).toEqual([]);
});

test('an ambiguous row without an answer counts as half right', () => {
  const ambiguous = scores(answers.inferred_country ?? []).get('ambiguous');
  if (ambiguous === undefined) throw new Error('the sample has no ambiguous rows');
  expect(ambiguous.half).toBeGreaterThan(0);
  expect(share(ambiguous)).toBe((ambiguous.correct + ambiguous.half / 2) / ambiguous.rows);
});
