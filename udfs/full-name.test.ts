import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullName } from './full-name.ts';
import { wordsForNothing } from './tables/no-name.ts';

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
  ['A\\NB', 'x', 'A\\NB x'],
  ['\u{1f600}', 'Lee', '\u{1f600} Lee'],
  ['', '', null],
  [null, null, null],
])('%j and %j make the name %j', (first, last, name) => {
  expect(fullName(first, last)).toBe(name);
});

/** Cells without a name, of every kind. */
const nothing =
  '—|...|…|-|–|_|***|???|/|·|。|========|:-)|#REF!|#N/A|#NAME?|#VALUE!|#DIV/0!|#SPILL!|#BEZUG!|#¡REF!|#NOM?|#NV|(blank)|[empty]|<null>|{none}|"null"|- none -|*unknown*|Not Provided|NOT AVAILABLE|not applicable|n/a|N.A.|n\\a|\\N|s/n|н/д|NULL|None|nan|undefined|Unknown.|(no name)|N/A N/A|null null|xxx|XXXX|First Name|last_name|TBD|keine Angabe|unbekannt|Inconnu|desconocido|Não informado|неизвестно|不明|未知|なし|\u200b|\u200f|\ufeff|\u00ad|\u200d|\u3164|\u2800|\u200f—\u200e|\u0301'.split(
    '|',
  );

test.each([...nothing, ...wordsForNothing])('the cell %j holds no name', (cell) => {
  expect(fullName('Ann', cell)).toBe('Ann');
  expect(fullName(cell, 'Lee')).toBe('Lee');
  expect(fullName(cell, null)).toBeNull();
});

/** Real names that resemble placeholders. */
const real =
  "Null|Nan|Nil|Ng|O|Nguyễn|Blank|Empty|Missing|Na|Li|X|Xu|U|N|No|Noor|Nunez|Unger|Uddin|Test|Name|Default|None-Smith|Nothnagel|Notte|Ó|J.|K.A.|3rd|#1|St. John|D'Angelo|O’Neill|van der Berg|毛|李|김|Ñ|Brak|Yok|می\u200cخواهم|葛\u{e0100}城".split(
    '|',
  );

test.each(real)('the cell %j holds a name', (name) => {
  expect(fullName('Ann', name)).toBe(`Ann ${name}`);
});

test.each([
  ['\u200f', 'Lee', 'Lee'],
  ['\u200fAnn\u200e', 'Lee\u200b', 'Ann Lee'],
  ['\ufeffAnn', '\u202aLee\u202c', 'Ann Lee'],
  ['An\u00adn', 'Lee\u200d', 'Ann Lee'],
  ['A\u200bnn\u2060', '\u2066Lee\u2069', 'Ann Lee'],
  ['Jose\u200b\u0301', null, 'José'],
  ['Not', 'Provided', null],
])('%j and %j, without their invisible characters, make the name %j', (first, last, name) => {
  expect(fullName(first, last)).toBe(name);
});

test('a name is trimmed, in NFC, without double spaces, and cleaning it again changes nothing', () => {
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
