import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStrictly } from './strict-json.ts';
import { isObject, type Json, JsonNumber } from './value.ts';

/** Returns the value as `JSON.parse` would. */
function plain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.literal);
  if (isObject(value)) return Object.fromEntries([...value].map(([name, one]) => [name, plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('any JSON without repeated names is read as by JSON.parse, with or without a byte order mark', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom('', '\ufeff'), (value, mark) => {
      const text = JSON.stringify(value, null, 2);
      expect(plain(readStrictly(mark + text).value)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"tables":[{},{"columns":{"e mail":1,"e mail":1}}]}', 'tables[1].columns["e mail"]'],
])('%s is refused for a repeated name, and the error names its path', (text, path) => {
  expect(() => readStrictly(text)).toThrow(expect.objectContaining({ path, message: 'is given twice' }));
});

test.each(['', '{', '{"a":1', '[1,]', '1 2', '{a:1}'])('%s is refused as invalid JSON', (text) => {
  expect(() => readStrictly(text)).toThrow('not JSON: ');
});

test('endless nesting is refused at the limit', () => {
  expect(() => readStrictly('['.repeat(1_000))).toThrow('nested more than 64 deep');
});
