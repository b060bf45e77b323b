import { describe, expect, test } from 'vitest';
import { elementMessage, emptyRange, shiftFor } from './replay.ts';

const message = (text: string, shift: { sequence: bigint; days: number } | null = null) => {
  const { key, value } = elementMessage(Buffer.from(text), null, shift);
  return { key, value: value.toString() };
};

describe('a replayed element', () => {
  test.each([
    ['{"id":7}', '7'],
    ['{ "id" : 9007199254740993 }', '9007199254740993'],
    ['{"id":1.50}', '1.50'],
    ['{"id":"a\\"7"}', 'a"7'],
    ['{"x":{"id":3},"id":4}', '4'],
    ['{"id":1,"id":2}', '2'],
    ['{"id":null}', null],
    ['{"id":[1]}', null],
    ['{"x":1}', null],
    ['{"id":1', null],
    ['"id"', null],
    ['[1]', null],
  ])('%s has the key %s and its own bytes', (text, key) => {
    expect(message(text)).toEqual({ key, value: text });
  });

  test('keeps bytes that are not UTF-8', () => {
    const value = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]);
    expect(elementMessage(value, null, { sequence: 1n, days: 1 })).toEqual({ key: null, value });
  });

  test('changes in nothing else when it is shifted', () => {
    const moved = message(
      '{"a":9007199254740993, "cdc_sequence" : 9007199254740993 ,"cdc_timestamp":"2024-02-28T23:59:59.123456Z","updated_at":"2024-12-31 00:00:00","created_at":"2024-01-01T00:00:00Z"}',
      { sequence: 10n, days: 2 },
    );
    expect(moved.value).toBe(
      '{"a":9007199254740993, "cdc_sequence" : 9007199254741003 ,"cdc_timestamp":"2024-03-01T23:59:59.123456Z","updated_at":"2025-01-02 00:00:00","created_at":"2024-01-01T00:00:00Z"}',
    );
    expect(message('{"cdc_sequence":"5"}', { sequence: 10n, days: 2 }).value).toBe('{"cdc_sequence":"15"}');
  });

  test.each([
    '{"cdc_sequence":1.5,"updated_at":"0000-00-00 00:00:00"}',
    '{"cdc_sequence":null,"updated_at":17}',
    '{"id":1}',
    '{"cdc_sequence":1',
    '"cdc_sequence"',
  ])('%s has nothing to shift', (text) => {
    expect(message(text, { sequence: 10n, days: 2 }).value).toBe(text);
  });
});

test('cycles keep the order of events, and each has higher sequence numbers than the previous one', () => {
  const range = emptyRange();
  for (const [sequence, time] of [
    [20, '2024-01-02T00:00:00Z'],
    [10, '2024-01-01T12:00:00Z'],
    [25, '2024-01-03T00:00:00Z'],
  ]) {
    elementMessage(Buffer.from(`{"cdc_sequence":${sequence},"cdc_timestamp":"${time}"}`), range, null);
  }
  expect([range.lowest, range.highest]).toEqual([10n, 25n]);
  expect(shiftFor(range, 26n, 1)).toEqual({ sequence: 16n, days: 2 });
  expect(shiftFor(range, 42n, 2)).toEqual({ sequence: 32n, days: 4 });
  expect(shiftFor(emptyRange(), 5n, 1)).toEqual({ sequence: 0n, days: 1 });
  expect(() => shiftFor(range, 2n ** 63n - 5n, 1)).toThrow('no sequence numbers are left');
});
