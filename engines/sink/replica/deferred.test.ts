/** Proves which of two rows that need the same unique value is deferred. */
import { expect, test } from 'vitest';
import type { Position } from '../../../pipeline/change.ts';
import { rowToDefer } from './deferred.ts';

const at = (generation: number, major: string, minor: string): Position => ({ generation, major, minor });

const incoming = at(1, '10', '20');

test.each<[string, readonly (Position | null)[], ReturnType<typeof rowToDefer>]>([
  ['a row that got the value later', [at(1, '10', '21')], 'incoming'],
  ['a row that got it later in decimal, not as text', [at(1, '9', '30')], undefined],
  ['a row of a later transaction', [at(1, '100', '1')], 'incoming'],
  ['a row that got it earlier', [at(1, '10', '19')], undefined],
  ['a row of a snapshot that began after the event', [at(1, '0', '21')], 'incoming'],
  ['a row of a snapshot that began before the event', [at(1, '0', '19')], undefined],
  ['a row from before the snapshot', [at(0, '99', '99')], 'standing'],
  ['rows from before the snapshot and later ones', [at(0, '99', '99'), at(1, '11', '0')], 'incoming'],
  ['rows from before the snapshot and earlier ones', [at(0, '99', '99'), at(1, '9', '0')], undefined],
  ['a row without a position', [null], undefined],
  ['a later row, and one without a position', [at(1, '11', '0'), null], undefined],
  ['no row', [], undefined],
])('if %s is in the way', (_, blocking, deferred) => {
  expect(rowToDefer(incoming, blocking)).toBe(deferred);
});
