import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonReader, parseJson } from './reader.ts';
import { JsonSyntaxError } from './scan.ts';
import { isObject, type Json, JsonNumber } from './value.ts';

/** Returns the value as `JSON.parse` would. */
function plain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.literal);
  if (isObject(value)) return Object.fromEntries([...value].map(([name, one]) => [name, plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

const anyJson = fc.jsonValue({ maxDepth: 5 });
/** Any code units, including halves of surrogate pairs. */
const anyString = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
const spaces = fc.constantFrom(0, 1, 3, '\t');

test('any JSON is read as by JSON.parse, with or without white space', () => {
  fc.assert(
    fc.property(anyJson, spaces, (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(plain(parseJson(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('skipping a value moves the cursor exactly after it', () => {
  fc.assert(
    fc.property(anyJson, spaces, (value, space) => {
      const text = JSON.stringify(value, null, space);
      const json = new JsonReader().reset(`  ${text},`);
      json.skipValue();
      expect(json.at).toBe(text.length + 2);
    }),
  );
});

test('strings are read exactly, with or without escapes', () => {
  fc.assert(
    fc.property(fc.array(anyString), (texts) => {
      expect(parseJson(JSON.stringify(texts))).toEqual(texts);
    }),
  );
});

test.each(['9007199254740993', '-9223372036854775808', '1.10', '1E+400', '-0', '-0.0', '0.1e-7', '1'.repeat(1000)])(
  'the number %s keeps its literal (rule 18)',
  (literal) => expect(parseJson(`[${literal}]`)).toEqual([new JsonNumber(literal)]),
);

test.each([
  '',
  ' ',
  '{',
  '[1',
  '[1,]',
  '{"a"}',
  '{"a":}',
  '{a:1}',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1e',
  'nul',
  'tru',
  '"',
  '"\\',
  '"\\x"',
  '"a',
  '1 2',
  '{}}',
  "'a'",
  'NaN',
])('%s is refused as invalid', (text) => expect(() => parseJson(text)).toThrow(JsonSyntaxError));

test('endless nesting throws an error and does not overflow the stack', () => {
  expect(() => parseJson('['.repeat(1_000_000))).toThrow('nested more than 256 deep');
  expect(() => new JsonReader().reset('['.repeat(1_000_000)).skipValue()).toThrow(JsonSyntaxError);
});

test('the last of repeated names counts, and __proto__ is an ordinary name', () => {
  const value = parseJson('{"a":1,"__proto__":2,"a":3}');
  expect(isObject(value) && [...value]).toEqual([
    ['a', new JsonNumber('3')],
    ['__proto__', new JsonNumber('2')],
  ]);
});

describe('moving back', () => {
  test('finds escapes again that it has passed', () => {
    const json = new JsonReader().reset('["a\\"b","c\\\\"]');
    json.skipValue();
    json.back(0);
    expect(json.readValue()).toEqual(['a"b', 'c\\']);
  });
});
