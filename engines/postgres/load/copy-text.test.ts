/** Proves that any text survives COPY unchanged. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyCell } from './copy-text.ts';

const meant: { readonly [char: string]: string } = { '\\': '\\', t: '\t', n: '\n', r: '\r' };
/** Decodes a field as COPY does. */
const readBack = (field: string): string => field.replace(/\\(.)/gs, (_, char: string) => meant[char] ?? `?${char}`);

describe('a text for COPY (rule 18)', () => {
  test.each([
    ['\\N', '\\\\N'],
    ['\\.', '\\\\.'],
    ['a\tb\nc\rd', 'a\\tb\\nc\\rd'],
    ['', ''],
    ['\u2028\b\v\f\u{1f600}', '\u2028\b\v\f\u{1f600}'],
  ])('%j is escaped as %j', (text, field) => {
    expect(copyCell(text)).toBe(field);
  });

  test('contains no separator and decodes to the original', () => {
    const texts = fc.array(fc.constantFrom('\\', '\t', '\n', '\r', 'N', '.', 'é', '\u{1f600}'), { maxLength: 50 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 3_000 }), (parts, times) => {
        const text = parts.join('').repeat(times);
        const field = copyCell(text);
        expect(/[\t\n\r]/.test(field)).toBe(false);
        expect(readBack(field) === text).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('has every digit of a number, in a form that PostgreSQL accepts', () => {
    const cells = [0, -0, 0.1 + 0.2, 1e21, -1.5e-7, 9223372036854775807n];
    expect(cells.map(copyCell)).toEqual(['0', '0', '0.30000000000000004', '1e+21', '-1.5e-7', '9223372036854775807']);
  });

  test('differs from null and from booleans', () => {
    expect([copyCell(null), copyCell(true), copyCell(false), copyCell('t')]).toEqual(['\\N', 't', 'f', 't']);
  });
});
