import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStrictly } from './strict-json.ts';
import { isObject, type Json, JsonNumber } from './value.ts';

/** As `JSON.parse` has it. */
function plain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.literal);
  if (isObject(value)) return Object.fromEntries([...value].map(([name, one]) => [name, plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('any JSON without repeated names is read as JSON.parse reads it, a byte order mark or not', () => {
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
])('%s has a name twice, and the error says where', (text, path) => {
  expect(() => readStrictly(text)).toThrow(expect.objectContaining({ path, message: 'is given twice' }));
});

test.each(['', '{', '{"a":1', '[1,]', '1 2', '{a:1}'])('%s is no JSON', (text) => {
  expect(() => readStrictly(text)).toThrow('not JSON: ');
});

test('nesting without end is refused where it becomes too deep', () => {
  expect(() => readStrictly('['.repeat(1_000))).toThrow('nested more than 64 deep');
});
