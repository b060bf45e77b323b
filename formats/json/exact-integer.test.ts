/** Proves that every int64 is read from JSON exactly as written, and that everything else is rejected. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rejection } from '../../schemas/rejection.ts';
import { cpuMs } from '../../test/cpu-time.ts';
import { exactInteger, literalOf } from './exact-integer.ts';
import { kindOf } from './value.ts';

/** Returns the integer of the field `id`, or its rejection code. */
function read(text: string): string {
  const { id } = JSON.parse(text) as { id: unknown };
  const result = exactInteger(text, 'id', id);
  return result instanceof Rejection ? result.code : result;
}

describe('an int64', () => {
  test.each([
    ['{"id":0}', '0'],
    ['{"id":-1}', '-1'],
    ['{"id":1234}', '1234'],
    ['{"id": 1234}', '1234'],
    ['{"id"\n\t:\r\n 1234\n}', '1234'],
    ['{ "id" : 1234 , "x":1}', '1234'],
    ['{"id":9007199254740991}', '9007199254740991'],
    ['{"id":9007199254740992}', '9007199254740992'],
    ['{"id":9007199254740993}', '9007199254740993'],
    ['{"id":-9007199254740993}', '-9007199254740993'],
    ['{"id":9223372036854775807}', '9223372036854775807'],
    ['{"id":-9223372036854775808}', '-9223372036854775808'],
    ['{"id":"9223372036854775807"}', '9223372036854775807'],
    ['{"id":"-5"}', '-5'],
    ['{"id":"0"}', '0'],
  ])('%j is read as %s', (text, digits) => {
    expect(read(text)).toBe(digits);
  });

  test.each([
    ['{"id":9223372036854775808}', 'integer_out_of_range'],
    ['{"id":-9223372036854775809}', 'integer_out_of_range'],
    ['{"id":"9223372036854775808"}', 'integer_out_of_range'],
    ['{"id":99999999999999999999999}', 'integer_out_of_range'],
    ['{"id":1.0}', 'not_an_integer'],
    ['{"id":1.5}', 'not_an_integer'],
    ['{"id":1e3}', 'not_an_integer'],
    ['{"id":1E400}', 'not_an_integer'],
    ['{"id":5.0000000000000000001}', 'not_an_integer'],
    ['{"id":-0}', 'not_an_integer'],
    ['{"id":"1.0"}', 'not_an_integer'],
    ['{"id":"1e3"}', 'not_an_integer'],
    ['{"id":""}', 'not_an_integer'],
    ['{"id":" 1"}', 'not_an_integer'],
    ['{"id":"+1"}', 'not_an_integer'],
    ['{"id":"01"}', 'not_an_integer'],
    ['{"id":"0000000000000000000000000001"}', 'not_an_integer'],
    ['{"id":"-0000000000000000000000000001"}', 'not_an_integer'],
    ['{"id":"00000000000000000000"}', 'not_an_integer'],
    ['{"id":"-99999999999999999999999"}', 'integer_out_of_range'],
    ['{"id":"99999999999999999999999x"}', 'not_an_integer'],
    ['{"id":"--1"}', 'not_an_integer'],
    ['{"id":"-"}', 'not_an_integer'],
    ['{"id":"-0"}', 'not_an_integer'],
    ['{"id":"0x10"}', 'not_an_integer'],
    ['{"id":"١٢"}', 'not_an_integer'],
    ['{"id":"1\\n"}', 'not_an_integer'],
    ['{"id":true}', 'wrong_type'],
    ['{"id":null}', 'wrong_type'],
    ['{"id":[1]}', 'wrong_type'],
    ['{"id":{"id":1}}', 'wrong_type'],
  ])('%j is rejected as %s', (text, code) => {
    expect(read(text)).toBe(code);
  });
});

test('a literal is found after long white space or a long number', () => {
  expect(read(`{"id":${' '.repeat(1000)}9007199254740993}`)).toBe('9007199254740993');
  expect(read(`{"id"${'\n'.repeat(1000)}:9007199254740993}`)).toBe('9007199254740993');
  expect(read(`{"id":${'9'.repeat(1000)}}`)).toBe('integer_out_of_range');
  expect(read(`{"id":1.${'0'.repeat(1000)}1}`)).toBe('not_an_integer');
});

test('literals of millions of characters are read in one pass, without a stack overflow', () => {
  const many = 1_000_000;
  const start = cpuMs();
  expect(read(`{"id":${'9'.repeat(8 * many)}}`)).toBe('integer_out_of_range');
  expect(read(`{"id":"${'9'.repeat(8 * many)}"}`)).toBe('integer_out_of_range');
  expect(read(`{"id":"${'0'.repeat(many)}"}`)).toBe('not_an_integer');
  expect(read(`{"id":0.${'0'.repeat(many)}1}`)).toBe('not_an_integer');
  expect(read(`{"id"${' '.repeat(many)}:${'\t'.repeat(many)}9007199254740993}`)).toBe('9007199254740993');
  expect(read(`{"a":"${'\\\\'.repeat(many / 2)}","id":9007199254740993}`)).toBe('9007199254740993');
  // A regular expression overflows the stack here, and a pass per character would take hours.
  expect(cpuMs() - start).toBeLessThan(10_000);
});

describe('the literal that counts', () => {
  test.each([
    ['comes after the same name in a nested object', '{"a":{"id":1},"id":9007199254740993}', '9007199254740993'],
    [
      'comes before the same name in a nested object',
      '{"id":9007199254740993,"a":{"id":9007199254740992}}',
      '9007199254740993',
    ],
    [
      'comes after the same name in an array',
      '{"a":[{"id":9007199254740992},1],"id":9007199254740993}',
      '9007199254740993',
    ],
    ['is the last of repeated keys', '{"id":1,"id":9007199254740993}', '9007199254740993'],
    [
      'is the last of repeated keys, the first of which is a string',
      '{"id":"x","id":9007199254740993}',
      '9007199254740993',
    ],
    ['has a name with escapes', '{"\\u0069d":9007199254740993}', '9007199254740993'],
    ['is repeated under a name with escapes', '{"id":1,"i\\u0064":9007199254740993}', '9007199254740993'],
    ['also occurs in a string', '{"a":"\\"id\\":9007199254740992,","id":9007199254740993}', '9007199254740993'],
    ['follows a name with the same end', '{"user_id":9007199254740992,"id":9007199254740993}', '9007199254740993'],
    ['follows a string equal to the name', '{"a":"id","id":9007199254740993}', '9007199254740993'],
    ['follows brackets in a string', '{"a":"}]{[","id":9007199254740993}', '9007199254740993'],
  ])('%s', (_, text, digits) => {
    expect(read(text)).toBe(digits);
  });

  test.each([
    ['an integer in a nested object', '{"a":{"id":5},"id":5.0000000000000000001}'],
    ['an integer in an array', '{"a":[{"id":5,"b":1}],"id":5.0000000000000000001}'],
    ['an earlier one of repeated keys', '{"id":5,"id":5.0000000000000000001}'],
    ['an earlier one of keys repeated in escapes', '{"id":5,"i\\u0064":5.0000000000000000001}'],
  ])('is not hidden by %s', (_, text) => {
    expect(read(text)).toBe('not_an_integer');
  });

  test('is found at any place in any object', () => {
    const others = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(
        others,
        others,
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        fc.boolean(),
        (before, after, id, pretty) => {
          const rest = (part: object) => {
            const text = pretty ? JSON.stringify(part, null, 2) : JSON.stringify(part);
            return text.slice(1, -1);
          };
          const { id: _, ...later } = { ...after, id: 0 };
          const parts = [rest(before), `"id":${id}`, rest(later)].filter((part) => part.trim() !== '');
          const text = `{${parts.join(',')}}`;
          expect(read(text)).toBe(String(id));
          expect(literalOf(text, 'id')).toBe(String(id));
        },
      ),
    );
  });
});

test.each([
  [null, 'null'],
  [[], 'an array'],
  [{}, 'an object'],
  ['x', 'a string'],
  [1, 'a number'],
  [true, 'a boolean'],
])('the kind of %j is %s', (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});
