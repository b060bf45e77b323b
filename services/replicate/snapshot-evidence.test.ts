/** Proves which repeated snapshots count as snapshots without a row of a table. */
import { expect, test } from 'vitest';
import type { SnapshotState } from '../../engines/sink/replica/snapshots.ts';
import { snapshotWithout } from './snapshot-evidence.ts';

const state = (topic: string, generation: number, snapshot: string | null): SnapshotState => ({
  name: `public.${topic}`,
  topic,
  generation,
  isLoaded: false,
  snapshot,
  streamed: true,
  lagging: false,
  partitions: [],
});

const one = new Set(['a', 'b']);

test.each([
  ['the first snapshot of its connector', state('a', 0, '5'), state('b', 0, '5'), [one], null],
  ['the first snapshot, in which it was empty', state('a', 0, null), state('b', 0, '5'), [one], null],
  ['a repeated snapshot that has rows of it', state('a', 1, '9'), state('b', 1, '9'), [one], null],
  ['a repeated snapshot in which it was empty', state('a', 0, '5'), state('b', 1, '9'), [one], '9'],
  ['two snapshots in which it was empty', state('a', 0, null), state('b', 1, '9'), [one], '9'],
  ['the third snapshot, after rows in the second', state('a', 1, '9'), state('b', 2, '12'), [one], '12'],
  ['a repeated snapshot with the first rows of another table', state('a', 0, '5'), state('b', 0, '9'), [one], '9'],
  ['a place in the log with more digits', state('a', 0, '9'), state('b', 1, '10'), [one], '10'],
  ['a first snapshot on a server whose log was longer', state('a', 1, '5'), state('b', 0, '9'), [one], null],
  ['a snapshot of another connector', state('a', 0, '5'), state('b', 1, '9'), [new Set(['a']), new Set(['b'])], null],
  ['a connector that nobody knows', state('a', 0, '5'), state('b', 1, '9'), [], null],
])('of %s', (_, table, other, groups, missed) => {
  expect(snapshotWithout(table, [table, other], groups)).toBe(missed);
});
