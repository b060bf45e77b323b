/** Proves when the sequence of a replica takes the state of its source. */
import { describe, expect, test } from 'vitest';
import { isToBeSet, type SequenceState } from './sequences.ts';

const at = (last: number, isCalled = true): SequenceState => ({ last: BigInt(last), isCalled });
const by = (increment: number, cycles = false) => ({ increment: String(increment), cycles });

describe('a sequence of the replica', () => {
  test.each([
    ['is set where it was never used', at(60), at(1, false), 1, true],
    ['is set where it was never used, also to a lower value', at(60), at(1000, false), 1, true],
    ['stays where both were never used', at(1, false), at(1, false), 1, false],
    ['goes forward', at(60), at(50), 1, true],
    ['never goes back', at(60), at(61), 1, false],
    ['stays where it is the same', at(60), at(60), 1, false],
    ['stays where only the source says that its last value was not taken', at(60, false), at(60), 1, false],
    ['is set where the source took the value that it would give next', at(61), at(60), 1, true],
    ['goes down where it counts down', at(-60), at(-50), -1, true],
    ['never goes up where it counts down', at(-50), at(-60), -1, false],
    ['follows one that was never used at the source no further than it has got', at(1, false), at(9), 5, false],
  ])('%s', (_, source, target, increment, expected) => {
    expect(isToBeSet(source, target, by(increment), by(increment))).toBe(expected);
  });

  test('goes back where it cycles', () => {
    expect(isToBeSet(at(3), at(99), by(1, true), by(1, true))).toBe(true);
  });

  test('is compared by the next value where both step differently', () => {
    expect(isToBeSet(at(100), at(101), by(10), by(1))).toBe(true);
    expect(isToBeSet(at(100), at(111), by(10), by(1))).toBe(false);
  });
});
