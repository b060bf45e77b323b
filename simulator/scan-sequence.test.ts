import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HighestSequence } from './scan-sequence.ts';

const highest = (...messages: string[]): bigint | null => {
  const found = new HighestSequence();
  for (const message of messages) found.look(Buffer.from(message));
  return found.value;
};

test('is exact over all of int64', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 }), (numbers) => {
      const expected = numbers.reduce((a, b) => (a > b ? a : b));
      expect(highest(...numbers.map((number) => `{"id":1,"cdc_sequence":${number}}`))).toBe(expected);
    }),
  );
  expect(highest('{"cdc_sequence":9223372036854775806}', '{"cdc_sequence":9223372036854775807}')).toBe(2n ** 63n - 1n);
});

test.each([
  ['{"cdc_sequence" : "42"}', 42n],
  ['{"cdc_sequence":\n7}', 7n],
  ['{"before":{"cdc_sequence":9},"after":{"cdc_sequence":8}}', 9n],
  ['{"cdc_sequence":-3}', -3n],
  ['{"cdc_sequence":0}', 0n],
  ['{"cdc_sequence":1.5}', null],
  ['{"cdc_sequence":1e3}', null],
  ['{"cdc_sequence":null}', null],
  ['{"cdc_sequence":9223372036854775808}', null],
  [`{"cdc_sequence":${'9'.repeat(400)}}`, null],
  ['{"note":"\\"cdc_sequence\\":99"}', null],
  ['{"name":"cdc_sequence","value":99}', null],
  ['{"cdc_sequence":', null],
  ['', null],
])('%s has the highest sequence %s', (message, expected) => {
  expect(highest(message)).toBe(expected);
});
