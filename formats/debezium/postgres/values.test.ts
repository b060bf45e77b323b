import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rejection } from '../../../schemas/rejection.ts';
import { parseJson } from '../../json/reader.ts';
import type { JsonTree } from '../../json/value.ts';
import { plainField } from '../connect-schema.ts';
import { defaultSettings } from '../settings.ts';
import { nameUuid } from '../unavailable.ts';
import { arrays, vectors } from './arrays.ts';
import { binaries, bits, geometries, points, textsAsBytes, varyingBits } from './bytes.ts';
import { type Codec, codec, convert } from './codec.ts';
import { codecOf } from './codec-of.ts';
import { hstores } from './hstore.ts';
import { decimals, floats, integers, scaledDecimals, variableScaleDecimals } from './numbers.ts';
import { parsePgType } from './pg-type.ts';

const codeOf = (converted: unknown): unknown => (converted instanceof Rejection ? converted.code : converted);
const tree = (text: string): JsonTree => parseJson(text) as JsonTree;
const from = (by: Codec, json: string): unknown => codeOf(convert(by, parseJson(json)));

test('numbers keep their digits as written (rule 18)', () => {
  expect(from(integers, '-9223372036854775808')).toBe('-9223372036854775808');
  expect(from(integers, '1.0')).toBe('not_an_integer');
  expect(from(floats, '3.4028235E38')).toBe('3.4028235E38');
  expect(from(floats, '-0.0')).toBe('-0.0');
  expect(from(floats, '"-Infinity"')).toBe('-Infinity');
  expect(from(floats, '"1.5"')).toBe('wrong_type');
  expect(from(decimals, '"12345678901234567890.12345678901234567890"')).toBe(
    '12345678901234567890.12345678901234567890',
  );
  expect(from(decimals, '"NAN"')).toBe('NaN');
  expect(from(decimals, '"POSITIVE_INFINITY"')).toBe('Infinity');
  expect(from(decimals, '"NEGATIVE_INFINITY"')).toBe('-Infinity');
});

/** Java's BigInteger.toByteArray: the shortest two's complement. */
function javaBytes(value: bigint): Buffer {
  let length = 1;
  while (value < -(1n << BigInt(8 * length - 1)) || value >= 1n << BigInt(8 * length - 1)) length += 1;
  const hex = (value < 0n ? value + (1n << BigInt(8 * length)) : value).toString(16);
  return Buffer.from(hex.padStart(2 * length, '0'), 'hex');
}

test('decimals in bytes keep every digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.nat(40), (unscaled, scale) => {
      const base64 = javaBytes(unscaled).toString('base64');
      const text = String(scaledDecimals(scale).string(base64));
      expect(BigInt(text.replace('.', ''))).toBe(unscaled);
      expect(text.split('.')[1]?.length ?? 0).toBe(scale);
      expect(variableScaleDecimals.tree(tree(`{"scale":${scale},"value":"${base64}"}`))).toBe(text);
    }),
  );
  expect(scaledDecimals(-2).string(javaBytes(123n).toString('base64'))).toBe('12300');
  expect(codeOf(scaledDecimals(999_999_999).string('AQ=='))).toBe('wrong_type');
  expect(codeOf(scaledDecimals(2).string('no base64!'))).toBe('wrong_type');
});

test('bytes are written as hexadecimal digits', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const bytes = Buffer.from(array);
      const expected = `\\x${bytes.toString('hex')}`;
      expect(binaries('bytes').string(bytes.toString('base64'))).toBe(expected);
      expect(binaries('base64-url-safe').string(bytes.toString('base64url'))).toBe(expected);
      expect(binaries('hex').string(bytes.toString('hex'))).toBe(expected);
    }),
  );
  expect(codeOf(binaries('bytes').string('*'))).toBe('wrong_type');
  expect(codeOf(binaries('hex').string('0'))).toBe('wrong_type');
});

test('a text in bytes is accepted only if it is unambiguous', () => {
  const inBase64 = (text: string) => Buffer.from(text).toString('base64');
  expect(textsAsBytes('bytes', false).string(inBase64('(1,"a\\\\b")'))).toBe('(1,"a\\\\b")');
  expect(textsAsBytes('bytes', true).string(inBase64('{[1,3)}'))).toBe('{[1,3)}');
  expect(codeOf(textsAsBytes('bytes', true).string(inBase64('\\x41')))).toBe('not_carried');
  expect(textsAsBytes('bytes', true).string('/w==')).toBe('\\xff');
  expect(codeOf(textsAsBytes('bytes', false).string('/w=='))).toBe('invalid_utf8');
  expect(codeOf(textsAsBytes('bytes', false).string('AA=='))).toBe('nul_character');
});

/** Debezium's form of bits: a BitSet's bytes, lowest bit first, no zero bytes at the end. */
function bitSet(digits: string): string {
  const bytes = [...digits].reverse().reduce<number[]>((all, digit, i) => {
    if (digit === '1') {
      while (all.length <= i >> 3) all.push(0);
      all[i >> 3] = (all[i >> 3] ?? 0) | (1 << (i & 7));
    }
    return all;
  }, []);
  return Buffer.from(bytes).toString('base64');
}

test('bits keep their order and number', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('0', '1'), minLength: 1, maxLength: 70 }), (digits) => {
      expect(bits(digits.length).string(bitSet(digits))).toBe(digits);
    }),
  );
  expect(bits(1).boolean(true)).toBe('1');
  expect(codeOf(varyingBits(12, false).string(bitSet('101')))).toBe('not_carried');
  expect(codeOf(varyingBits(2 ** 31 - 1, false).string(bitSet('101')))).toBe('not_carried');
  expect(varyingBits(3, false).string(bitSet('101'))).toBe('101');
  expect(codeOf(varyingBits(1, false).boolean(false))).toBe('not_carried');
});

test('points, geometries and vectors are converted', () => {
  expect(from(points, '{"x":1.50,"y":-2E-7,"wkb":"AQE=","srid":null}')).toBe('(1.50,-2E-7)');
  expect(from(points, '{"x":1}')).toBe('wrong_type');
  const wkb = Buffer.from('0101000000000000000000f83f00000000000002c0', 'hex').toString('base64');
  expect(from(geometries, `{"wkb":"${wkb}","srid":4326}`)).toBe('0101000020e6100000000000000000f83f00000000000002c0');
  expect(from(geometries, `{"wkb":"${wkb}","srid":null}`)).toBe('0101000000000000000000f83f00000000000002c0');
  expect(from(geometries, `{"wkb":"${wkb}","extensions":{"type":"box"}}`)).toBe('not_carried');
  expect(from(vectors, '[1.0,-2.5,3E-5]')).toBe('[1.0,-2.5,3E-5]');
});

/** Elements of a one-dimensional array literal, as PostgreSQL's array_in reads them. */
function elements(literal: string): (string | null)[] {
  const found: (string | null)[] = [];
  const one = /(?:"((?:[^"\\]|\\.)*)"|([^,{}"\\\s]+))(,|\}$)/gsy;
  one.lastIndex = 1;
  for (let parts = one.exec(literal); parts; parts = one.exec(literal)) {
    const [, quoted, bare = ''] = parts;
    found.push(quoted === undefined ? (bare.toUpperCase() === 'NULL' ? null : bare) : quoted.replace(/\\(.)/gs, '$1'));
  }
  return found;
}
const textArrays = arrays(codec('a string', { string: (text) => text }));

test('array elements are preserved', () => {
  const texts = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 0xd7ff })).map((codes) => String.fromCharCode(...codes)),
    fc.constantFrom('', 'NULL', 'null', ' ', '{}', '","', '\\', '\\"', 'a\tb', '\n', '\u00a0'),
    fc.constant(null),
  );
  fc.assert(
    fc.property(fc.array(texts), (given) => {
      expect(elements(String(textArrays.tree(given)))).toEqual(given);
    }),
  );
});

test('arrays of arrays and of booleans are converted, and unconverted Java arrays are rejected', () => {
  expect(from(textArrays, '[["a",null],["b","c,d"]]')).toBe('{{a,NULL},{b,"c,d"}}');
  expect(from(arrays(codec('a boolean', { boolean: (value) => value })), '[true,false,null]')).toBe('{t,f,NULL}');
  expect(from(arrays(codec('a box', { string: (text) => text }), ';'), '["(2,2),(0,0)","(1,1),(0,0)"]')).toBe(
    '{"(2,2),(0,0)";"(1,1),(0,0)"}',
  );
  expect(from(textArrays, '["[Ljava.lang.String;@13db7664"]')).toBe('not_carried');
  expect(from(textArrays, '{"a":1}')).toBe('wrong_type');
  expect(from(textArrays, '"{a}"')).toBe('wrong_type');
});

test('an hstore is read from a map and from JSON in a string', () => {
  const expected = '"a"=>"1", "b c"=>NULL, "q\\"\\\\"=>"x,y=>z"';
  const map = '{"a":"1","b c":null,"q\\"\\\\":"x,y=>z"}';
  expect(from(hstores(null), map)).toBe(expected);
  expect(from(hstores(null), JSON.stringify(map))).toBe(expected);
  expect(from(hstores(null), '{}')).toBe('');
  expect(from(hstores(null), '{"a":1}')).toBe('wrong_type');
  expect(from(hstores(null), '"{"')).toBe('wrong_type');
  expect(from(hstores(null), JSON.stringify('{"a":"\\u0000"}'))).toBe('nul_character');
  expect(from(hstores(null), JSON.stringify('{"a":"\\ud800"}'))).toBe('lone_surrogate');
});

test('the UUID of a name equals the one that Java makes', () => {
  expect(nameUuid('__debezium_unavailable_value')).toBe('b68a35a7-17ad-35b3-af2a-ae46edb4545a');
});

test.each([
  [['null', 'null'], 'int32', undefined, 'not_carried'],
  [['null'], 'string', 'numeric[]', 'not_carried'],
  [['null'], 'string', 'text[]', '{NULL}'],
  [['1', 'null'], 'int32', undefined, '{1,NULL}'],
  [[], 'int32', undefined, '{}'],
])('an array %j of %s, with the type %s, may have had more dimensions: %s', (elements, type, known, expected) => {
  const field = plainField('c', 'array', { items: plainField('', type) });
  const by = codecOf(field, known === undefined ? null : parsePgType(known), { ...defaultSettings, placeholder: null });
  expect(from(by, `[${elements.join(',')}]`)).toBe(expected);
});
