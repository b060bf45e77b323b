/** Proves that the scanner finds the same ends of values as `JSON.parse`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endOfNumber, endOfString, endOfTree, isSpace, JsonSyntaxError, markLength } from './scan.ts';

/** Texts after a value that cannot belong to it. */
const tail = fc.constantFrom('', ',', '}', ']', ' ', '"', '\\', ',"x":1}', '\n]');
/** Any code units, including halves of surrogate pairs. */
const anyString = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
const spaces = fc.constantFrom(0, 1, '\t');

describe('a string', () => {
  test('ends after its own closing quote, with any content and any text after it', () => {
    const odd = fc.oneof(anyString, fc.string({ unit: fc.constantFrom('"', '\\', 'a', '\u0000') }));
    fc.assert(
      fc.property(odd, tail, (value, after) => {
        const literal = JSON.stringify(value);
        expect(endOfString(`  ${literal}${after}`, 2)).toBe(literal.length + 2);
      }),
    );
  });

  test.each(['"', '"a', '"\\"', '"\\\\\\"'])('%s has no end', (text) => {
    expect(() => endOfString(text, 0)).toThrow(new JsonSyntaxError('it ends too early'));
  });
});

describe('a number', () => {
  test('is accepted as a whole exactly if JSON.parse accepts it', () => {
    const almost = fc.string({ unit: fc.constantFrom('0', '1', '9', '-', '+', '.', 'e', 'E'), minLength: 1 });
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(almost, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
        let isWhole = false;
        try {
          isWhole = endOfNumber(text, 0) === text.length;
        } catch (error) {
          expect(error).toBeInstanceOf(JsonSyntaxError);
        }
        const parse = () => JSON.parse(text) as unknown;
        if (isWhole) expect(parse()).toBeTypeOf('number');
        else expect(parse).toThrow(SyntaxError);
        if (isWhole) taken += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  test('ends before a character that cannot belong to it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), tail, (value, after) => {
        const literal = JSON.stringify(value);
        expect(endOfNumber(literal + after, 0)).toBe(literal.length);
      }),
    );
  });

  test.each([
    ['-', 1],
    ['1.x', 2],
    ['1e+x', 3],
    ['x', 0],
  ])('%s lacks a digit at position %i', (text, at) => {
    const why = at === text.length ? 'it ends too early' : `expected a digit at position ${at}`;
    expect(() => endOfNumber(text, 0)).toThrow(new JsonSyntaxError(why));
  });
});

describe('an array or object', () => {
  const tree = fc.jsonValue({ maxDepth: 5 }).filter((value) => typeof value === 'object' && value !== null);

  test('ends after its own closing bracket, with any content and any text after it', () => {
    fc.assert(
      fc.property(tree, spaces, tail, (value, space, after) => {
        const text = JSON.stringify(value, null, space);
        expect(endOfTree(text + after, 0)).toBe(text.length);
      }),
    );
  });

  test('has no end if it is cut off at any place', () => {
    fc.assert(
      fc.property(tree, spaces, fc.nat(), (value, space, cut) => {
        const text = JSON.stringify(value, null, space);
        expect(() => endOfTree(text.slice(0, cut % text.length), 0)).toThrow(JsonSyntaxError);
      }),
    );
  });
});

test('exactly the white space of JSON.parse is skipped', () => {
  const isPassed = (code: number) => {
    try {
      return JSON.parse(`${String.fromCharCode(code)}"x"`) === 'x';
    } catch {
      return false;
    }
  };
  const codes = [...Array(0x3001).keys(), 0xfeff];
  expect(codes.filter(isSpace)).toEqual(codes.filter(isPassed));
});

test('only a complete byte order mark is recognised', () => {
  expect(markLength(Buffer.from('\ufeff{}'))).toBe(3);
  expect(markLength(Buffer.from('{}'))).toBe(0);
  expect(markLength(Buffer.from([0xef, 0xbb]))).toBe(0);
});
