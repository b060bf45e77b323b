import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullName } from './full-name.ts';

test.each([
  ['John', 'Doe', 'John Doe'],
  ['  Ann\u00a0 Marie\t', ' O’Neill ', 'Ann Marie O’Neill'],
  ['\u3000毛', '泽东', '毛 泽东'],
  ['Jose\u0301', null, 'José'],
  [null, 'van der Berg', 'van der Berg'],
  ['N/A', 'Doe', 'Doe'],
  ['John', '-', 'John'],
  ['null', 'NULL', null],
  ['None', 'unknown', null],
  ['Jennifer', 'Null', 'Jennifer Null'],
  ['Na', 'Li', 'Na Li'],
  ['\u200b', '\ufeff', null],
  ['می\u200cخواهم', null, 'می\u200cخواهم'],
  ['', '', null],
  [null, null, null],
])('%j and %j make %j', (first, last, name) => {
  expect(fullName(first, last)).toBe(name);
});

test('a name is trimmed, in NFC, without double spaces, and stays as it is when cleaned again', () => {
  const text = fc.option(
    fc.string({ unit: fc.constantFrom('a', 'É', ' ', '\u2003', 'e', '\u0301', '-', '/', '𠮷', '\n', '\u200b') }),
  );
  fc.assert(
    fc.property(text, text, (first, last) => {
      const name = fullName(first, last);
      if (name === null) return;
      expect(name).toBe(name.trim());
      expect(name).toBe(name.normalize('NFC'));
      expect(name).not.toMatch(/\s\s/);
      expect(fullName(name, null)).toBe(name);
    }),
    { numRuns: 5000 },
  );
});
