/**
 * Proves that a damaged row never yields an invented phone number or mailbox. 10,000 rows are made from known numbers and damaged as
 * spreadsheets, exports and people do. The answer must be the original number or null.
 */
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { normalizedEmail } from './normalized-email.ts';
import { phoneE164 } from './phone-e164.ts';
import { decimalDigit } from './tables/decimal-digits.ts';

/** A seeded generator (mulberry32). */
let state = 42;
function random(limit: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

const rows = 10_000;

type Phone = {
  readonly country: string;
  readonly e164: string;
  readonly national: string;
  readonly international: string;
};

/** Numbers in use: the example of each country with other last digits, as people of the country write them. */
const phones: Phone[] = getCountries().flatMap((country) =>
  Array.from({ length: 8 }, () => {
    const example = getExampleNumber(country, examples)?.number ?? '';
    const number = parsePhoneNumberFromString(`${example.slice(0, -3)}${100 + random(900)}`);
    if (number?.isValid() !== true || number.country !== country) return [];
    const written = { national: number.formatNational(), international: number.formatInternational() };
    return [{ country, e164: number.number, ...written }];
  }).flat(),
);

const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10];
const marks = ['\u200b', '\u200e', '\u202a', '\u202c', '\u00ad', '\ufeff', '\u2060'];
const dashes = ['\u2010', '\u2011', '\u2013', '\u2212', '\uff0d', '\u30fc'];
const digitsOf = (text: string): string => text.replace(/\D/g, '');
const inScript = (text: string): string => {
  const zero = pick(zeros);
  return text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
};
const insert = (text: string, what: string): string => {
  const at = random(text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
};

/** Damage that leaves the number complete. */
const harmless: readonly ((cell: string, phone: Phone) => string)[] = [
  (cell) => `Tel. ${cell}`,
  (cell) => `mobile: ${cell}`,
  (cell) => `'${cell}`,
  (cell) => `="${cell}"`,
  (cell) => insert(cell, pick(marks)),
  (cell) => cell.replaceAll('-', pick(dashes)).replaceAll(' ', '\u00a0'),
  inScript,
  (cell) => `${cell} ext. ${1 + random(999)}`,
  (cell) => `${cell} x${1 + random(999)}`,
  (_, { e164 }) => `${e164.slice(1)}.0`,
  (_, { e164 }) => e164.slice(1),
  (_, { e164 }) => `00${e164.slice(1)}`,
  (_, { e164 }) => Number(e164.slice(1)).toExponential(e164.length - 2),
  (_, { national }) => `${digitsOf(national)}.0`,
  // The national prefix; in some countries it is part of the number.
  (_, { national, e164 }) => `${e164.endsWith(digitsOf(national)) ? digitsOf(national) : Number(digitsOf(national))}.0`,
  (cell) => cell,
];

/** Damage that adds something beside the number or removes a part. The answer is the number or null. */
const unclear: readonly ((cell: string, phone: Phone) => string)[] = [
  (cell) => `${cell} / ${cell.slice(0, -1)}${random(10)}`,
  (cell) => `${cell}/${cell}`,
  (cell) => `${cell}/${random(10)}`,
  (cell) => `${cell} /${10 + random(90)}`,
  (cell) => `${cell}, ${cell.slice(0, -2)}${10 + random(90)}`,
  (cell) => `${cell}; ${cell}`,
  (cell) => `${cell}\n${cell.slice(0, -1)}${random(10)}`,
  (cell) => `${cell} - ${random(100)}`,
  (cell) => `${cell} (${random(10)})`,
  (cell) => `${cell} or ${cell}`,
  (_, { e164 }) => Number(e164.slice(1)).toExponential(5),
  (_, { e164 }) => `${e164.slice(1)}.${1 + random(9)}`,
  (_, { national }) => `${digitsOf(national)}.${1 + random(9)}`,
  (cell) => `ID: ${cell}`,
];

/** Damage after which the number cannot be known. */
const harmful: readonly ((cell: string) => string)[] = [
  (cell) => cell.slice(0, -1 - random(4)),
  (cell) => insert(cell, String(random(10))),
  (cell) => cell.replace(/\d/, ''),
  (cell) => cell.slice(1 + random(3)),
  (cell) => inScript(insert(cell, pick(marks))).slice(0, -1),
];

/** All decimal digits of a text, in ASCII. */
function everyDigit(text: string): string {
  let digits = '';
  for (const char of text) digits += /\d/.test(char) ? char : (decimalDigit(char.codePointAt(0) ?? 0) ?? '');
  return digits;
}

/** Whether the letters of one text are in the other, in the same order. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at += 1;
  return at === part.length;
}

test('a damaged cell gives the original number or none', () => {
  const wrong: string[] = [];
  let found = 0;
  for (let count = 0; count < rows; count += 1) {
    const phone = pick(phones);
    const damage = pick(count % 2 === 0 ? harmless : unclear);
    const cell = damage(random(2) === 0 ? phone.national : phone.international, phone);
    const answer = phoneE164(cell, phone.country);
    if (answer !== null && answer !== phone.e164) wrong.push(`${JSON.stringify(cell)} in ${phone.country}: ${answer}`);
    if (answer !== null) found += 1;
  }
  expect(wrong).toEqual([]);
  // Nearly all of the harmless half give the number.
  expect(found).toBeGreaterThan(0.4 * rows);
});

test('every digit of the answer stands in the cell in this order, or belongs to the calling code', () => {
  const wrong: string[] = [];
  let found = 0;
  for (let count = 0; count < rows; count += 1) {
    const phone = pick(phones);
    const written = random(2) === 0 ? phone.international : phone.national;
    const cell = pick(harmful)(written);
    const answer = phoneE164(cell, phone.country);
    if (answer === null) continue;
    found += 1;
    const there = everyDigit(cell);
    const isSaid = [1, 2, 3].some((length) => isWithin(answer.slice(1 + length), there));
    if (!isSaid) wrong.push(`${JSON.stringify(cell)} in ${phone.country}: ${answer}`);
  }
  expect(wrong).toEqual([]);
  expect(found).toBeGreaterThan(100);
});

/** Domains without a provider's rule, and with one. */
const unruled =
  'yahoo.com yahoo.fr ymail.com aol.com gmx.de web.de qq.com mail.ru acme.com x.org live.pe outlook.xyz'.split(' ');
const plusTags = 'outlook.com hotmail.fr live.nl icloud.com proton.me fastmail.com'.split(' ');
const pieces = ['ann', 'Lee', 'jean', 'marc', '-', '.', '+', '_', '7', 'é', 'e\u0301', '吉', "'"];

test('a normalised mailbox keeps everything but what its provider promises to ignore', () => {
  const wrong: string[] = [];
  let found = 0;
  for (let count = 0; count < rows; count += 1) {
    const local = Array.from({ length: 1 + random(6) }, () => pick(pieces)).join('');
    const domain = pick([...unruled, ...plusTags, 'gmail.com', 'googlemail.com']);
    const cell =
      random(4) === 0 ? insert(`${local}@${domain}`, pick([...marks, ' ', '<', '<\u0338'])) : `${local}@${domain}`;
    const answer = normalizedEmail(cell);
    if (answer === null) continue;
    found += 1;
    const said = cell.trim().normalize('NFC').toLowerCase();
    const [name = ''] = said.split('@');
    const kept = unruled.includes(domain) ? name : name.replace(/^([^+]+)\+.*/, '$1').replace(/\.$/, '');
    const google = domain === 'gmail.com' || domain === 'googlemail.com';
    const expected = `${google ? kept.replaceAll('.', '').normalize('NFC') : kept}@${google ? 'gmail.com' : domain}`;
    if (answer !== expected) wrong.push(`${JSON.stringify(cell)}: ${answer}, not ${expected}`);
  }
  expect(wrong).toEqual([]);
  expect(found).toBeGreaterThan(0.3 * rows);
});
