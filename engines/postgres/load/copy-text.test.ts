/** Proves that any text is escaped for COPY so that it comes back as it was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyCell } from './copy-text.ts';

const meant: { readonly [char: string]: string } = { '\\': '\\', t: '\t', n: '\n', r: '\r' };
/** What COPY makes of a field. */
const readBack = (field: string): string => field.replace(/\\(.)/gs, (_, char: string) => meant[char] ?? `?${char}`);

describe('a text for COPY (rule 18)', () => {
  test.each([
    ['\\N', '\\\\N'],
    ['\\.', '\\\\.'],
    ['a\tb\nc\rd', 'a\\tb\\nc\\rd'],
    ['', ''],
    ['\u2028\b\v\f\u{1f600}', '\u2028\b\v\f\u{1f600}'],
  ])('%j is %j', (text, field) => {
    expect(copyCell(text)).toBe(field);
  });

  test('holds no separator and comes back as it was, whatever it is and however long', () => {
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

  test('numbers have every digit, in a form that PostgreSQL reads', () => {
    const cells = [0, -0, 0.1 + 0.2, 1e21, -1.5e-7, 9223372036854775807n];
    expect(cells.map(copyCell)).toEqual(['0', '0', '0.30000000000000004', '1e+21', '-1.5e-7', '9223372036854775807']);
  });

  test('is told from null and from truth', () => {
    expect([copyCell(null), copyCell(true), copyCell(false), copyCell('t')]).toEqual(['\\N', 't', 'f', 't']);
  });
});
