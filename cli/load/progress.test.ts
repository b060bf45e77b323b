/** Proves the figures of a load's progress. */
import { expect, test } from 'vitest';
import { LoadProgress } from './progress.ts';

test('shows share, rate and time left, of which rows of earlier runs are no part', () => {
  const progress = new LoadProgress(() => undefined, false);
  progress.note({ type: 'loadPlanned', table: 'public.a', rows: 8_000, durable: 2_000, isLoaded: false });
  progress.note({ type: 'loadPlanned', table: 'public.b', rows: null, durable: 0, isLoaded: false });
  expect(progress.line(0)).toBe('██████░░░░░░░░░░░░░░░░░░ 25% 2,000 of about 8,000 rows, 0 rows/s, no rate yet');
  progress.note({ type: 'chunkLoaded', table: 'public.a', number: 3, rows: 1_990, refused: 10 });
  expect(progress.line(1_000)).toBe(
    '████████████░░░░░░░░░░░░ 50% 4,000 of about 8,000 rows, 2,000 rows/s, 2 s left public.a',
  );
  progress.note({ type: 'chunkLoaded', table: 'public.b', number: 1, rows: 8_000, refused: 0 });
  expect(progress.line(2_000)).toMatch(/ 75% 12,000 of about 16,000 rows, 5,000 rows\/s, 1 s left public\.b$/);
  progress.end();
});
