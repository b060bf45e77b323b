/** Proves that the fast reader returns the result of `JSON.parse`, or none. */
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlainJson } from './plain-json.ts';

const fields = ['id', 'name', 'note'];
const reader = () => new PlainJson(fields.map((name) => ({ name, number: name === 'id' })));

const read = (text: string, one = reader()) => one.read(Buffer.from(text));

/** Returns the result of `JSON.parse`, with numbers as text. */
function parsed(text: string): unknown[] | undefined {
  try {
    const object = JSON.parse(text);
    return fields.map((name) => (typeof object[name] === 'number' ? String(object[name]) : (object[name] ?? null)));
  } catch {
    return undefined;
  }
}

describe('plain JSON', () => {
  test.each([
    ['{"id":1,"name":"a","note":null}', ['1', 'a', null]],
    ['{"id": 1, "name": "a b", "note": "日本"}', ['1', 'a b', '日本']],
    ['{"note":"x"}', [null, null, 'x']],
    ['{"id":"7","name":""}', ['7', '', null]],
    ['{"id":-12,"note":"{\'[,:"}', ['-12', null, "{'[,:"]],
    ['{"id":123456789012345678}', ['123456789012345678', null, null]],
  ])('%s is read', (text, values) => {
    expect(read(text)).toEqual(values);
  });

  test.each([
    '',
    '{}',
    '{"id":1}\n',
    ' {"id":1}',
    '{"id":1,"id":2}',
    '{"id":01}',
    '{"id":-0}',
    '{"id":1.0}',
    '{"id":1e3}',
    '{"id":-}',
    '{"id":1234567890123456789}',
    '{"name":1}',
    '{"name":true}',
    '{"name":nullx}',
    '{"name":"a\\n"}',
    '{"name":"a\tb"}',
    '{"name":"a"',
    '{"name":"a',
    '{"name":"a",}',
    '{"name":{"id":1}}',
    '{"other":"a"}',
    '{"__proto__":"a"}',
    '{"name"  :"a"}',
    '{"name":"a"}}',
    '[{"name":"a"}]',
    '{name:"a"}',
  ])('%s is left to JSON.parse', (text) => {
    expect(read(text)).toBeUndefined();
  });

  test('fields are read in any order, and the order may change', () => {
    const one = reader();
    expect(read('{"note":"a","id":1,"name":"b"}', one)).toEqual(['1', 'b', 'a']);
    expect(read('{"note":"a","id":1,"name":"b"}', one)).toEqual(['1', 'b', 'a']);
    expect(read('{"id":1,"note":"a"}', one)).toEqual(['1', null, 'a']);
    expect(read('{"name":"b","id":2}', one)).toEqual(['2', 'b', null]);
  });

  test('invalid UTF-8 is left to JSON.parse', () => {
    const bytes = Buffer.from('{"name":"a?"}');
    bytes[10] = 0xe9;
    expect(reader().read(bytes)).toBeUndefined();
  });

  test('an object that is cut off at any place is not read', () => {
    const whole = Buffer.from('{"id":1,"name":"é","note":null}');
    for (let end = 0; end < whole.length; end += 1) expect(reader().read(whole.subarray(0, end))).toBeUndefined();
    expect(reader().read(whole)).toEqual(['1', 'é', null]);
  });

  test('every result equals that of JSON.parse', () => {
    const one = reader();
    const odd = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    );
    const text = fc.oneof({ arbitrary: fc.string(), weight: 8 }, { arbitrary: fc.constant(null), weight: 2 }, odd);
    const id = fc.oneof({ arbitrary: fc.integer(), weight: 8 }, text);
    const plain = fc.record({ id, name: text, note: text }, { requiredKeys: [] });
    const object = fc.oneof({ arbitrary: plain, weight: 9 }, fc.dictionary(fc.string(), text, { maxKeys: 3 }));
    const edit = fc.record({
      at: fc.nat(80),
      cut: fc.nat(2),
      add: fc.constantFrom('', '"', ',', '0', '}', '\\', ' ', ':'),
    });
    const flipped = fc.record({ at: fc.nat(60), byte: fc.integer({ min: 0, max: 255 }) });
    let answered = 0;
    fc.assert(
      fc.property(
        object,
        fc.constantFrom(undefined, 1),
        fc.option(edit, { freq: 2 }),
        fc.option(flipped, { freq: 2 }),
        (given, indent, change, flip) => {
          const whole = JSON.stringify(given, null, indent).replace(/\n\s*/g, indent === undefined ? '' : ' ');
          const changed =
            change === null ? whole : whole.slice(0, change.at) + change.add + whole.slice(change.at + change.cut);
          const bytes = Buffer.from(changed);
          if (flip !== null && flip.at < bytes.length) bytes[flip.at] = flip.byte;
          const values = one.read(bytes);
          if (values === undefined) return;
          answered += 1;
          expect(isUtf8(bytes)).toBe(true);
          expect(values).toEqual(parsed(String(bytes)));
        },
      ),
      { numRuns: 5_000 },
    );
    expect(answered).toBeGreaterThan(500);
  });
});
