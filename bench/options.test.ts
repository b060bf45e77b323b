import { expect, test } from 'vitest';
import { parseAgainst, parseOptions } from './options.ts';

test('a comparison is with a file of results or with a commit', () => {
  expect(parseAgainst('bench/baseline.json')).toEqual({ kind: 'file', path: 'bench/baseline.json' });
  expect(parseAgainst('HEAD~1')).toEqual({ kind: 'ref', ref: 'HEAD~1' });
  expect(parseAgainst('origin/json')).toEqual({ kind: 'ref', ref: 'origin/json' });
});

test('--compare and --record without a value use the baseline, before other options too', () => {
  const baseline = 'bench/baseline.json';
  expect(parseOptions(['--compare']).compare).toEqual({ kind: 'file', path: baseline });
  expect(parseOptions(['--record', '--events', '5']).record).toBe(baseline);
  expect(parseOptions(['--compare', 'v1', '--rounds', '5'])).toMatchObject({
    compare: { kind: 'ref', ref: 'v1' },
    rounds: 5,
  });
  expect(parseOptions([])).toMatchObject({ compare: undefined, record: undefined });
});

test('each mode has its own defaults for events and rounds', () => {
  expect(parseOptions([])).toMatchObject({ mode: 'throughput', events: 600_000, rounds: 3 });
  expect(parseOptions(['--mode', 'growth'])).toMatchObject({ events: 200_000, rounds: 1 });
  expect(parseOptions(['--mode', 'steady', '--rates', '1,20']).rates).toEqual([1, 20]);
});

test.each([
  [['--mode', 'fast'], '--mode: fast is none of throughput, steady, growth'],
  [['--layers', 'floor,sink'], '--layers: sink is none of'],
  [['--rounds', '0'], '--rounds: 0 is not a whole number from 1'],
  [['--events', '1e6'], '--events: 1e6 is not a whole number'],
  [['--rates', '5,'], '--rates:  is not a whole number'],
  [['--warm-up', '60'], '--warm-up must be shorter'],
  [['--mode', 'growth', '--record'], 'about throughput'],
  [['--fast'], "Unknown option '--fast'"],
])('%s is rejected with a reason', (args, why) => {
  expect(() => parseOptions(args)).toThrow(why);
});
