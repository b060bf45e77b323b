/** Proves when the sequence of a replica takes the state of its source. */
import { describe, expect, test } from 'vitest';
import { isToBeSet, type SequenceState } from './sequences.ts';

const at = (last: number, isCalled = true): SequenceState => ({ last: BigInt(last), isCalled });
const by = (increment: number, cycles = false) => ({ increment: String(increment), cycles });

describe('a sequence of the replica', () => {
  test.each([
    ['is set if it was never used', at(60), at(1, false), 1, true],
    ['is set if it was never used, also to a lower value', at(60), at(1000, false), 1, true],
    ['stays if both were never used', at(1, false), at(1, false), 1, false],
    ['goes forward', at(60), at(50), 1, true],
    ['never goes back', at(60), at(61), 1, false],
    ['stays if both are equal', at(60), at(60), 1, false],
    ['stays if only the source has not used its last value', at(60, false), at(60), 1, false],
    ['is set if the source has used its next value', at(61), at(60), 1, true],
    ['goes down if it counts down', at(-60), at(-50), -1, true],
    ['never goes up if it counts down', at(-50), at(-60), -1, false],
    ['stays if it is ahead of an unused sequence of the source', at(1, false), at(9), 5, false],
  ])('%s', (_, source, target, increment, expected) => {
    expect(isToBeSet(source, target, by(increment), by(increment))).toBe(expected);
  });

  test('goes back if it cycles', () => {
    expect(isToBeSet(at(3), at(99), by(1, true), by(1, true))).toBe(true);
  });

  test('is compared by the next value if the increments differ', () => {
    expect(isToBeSet(at(100), at(101), by(10), by(1))).toBe(true);
    expect(isToBeSet(at(100), at(111), by(10), by(1))).toBe(false);
  });
});
