/**
 * Proves that the results do not depend on Node's Unicode version and URL parser. 12,000 difficult texts and rows, made from a seed, must
 * give the digests below on every version. A change of rules changes a digest: run this test on Node 20, 22 and 24, and write the new
 * digest here only if all three agree.
 */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isName } from './domain-ascii.ts';
import { readEmail } from './email-address.ts';
import { fullName } from './full-name.ts';
import { countryAnswer } from './inferred-country.ts';
import { normalizedEmail } from './normalized-email.ts';
import { phoneE164 } from './phone-e164.ts';
import { decimalDigit } from './tables/decimal-digits.ts';
import { combiningMarks, lettersBeyondAscii, punctuationBeyondAscii } from './tables/letters.ts';

/** Numbers from 0 to below `limit`, the same for the same seed (mulberry32). */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Where versions differ: letters with cases and marks, right to left, joiners, symbols, and the additions of Unicode 15 to 17. */
const ranges: readonly (readonly [first: number, last: number])[] = [
  [0x61, 0x7a],
  [0x30, 0x39],
  [0x2d, 0x2d],
  [0xa0, 0x24f],
  [0x300, 0x36f],
  [0x370, 0x52f],
  [0x5d0, 0x6ff],
  [0x8a0, 0x97f],
  [0x980, 0xdff],
  [0xe00, 0x11ff],
  [0x1c80, 0x1fff],
  [0x2000, 0x2bff],
  [0x3000, 0x30ff],
  [0x4e00, 0x4eff],
  [0xa640, 0xa7ff],
  [0xfe00, 0xffef],
  [0x10d00, 0x10eff],
  [0x11300, 0x11bff],
  [0x16100, 0x16fff],
  [0x1d400, 0x1d7ff],
  [0x1e000, 0x1e9ff],
  [0x1f000, 0x1faff],
  [0x20000, 0x200ff],
  [0x2ebf0, 0x2ee5f],
  [0x31350, 0x3347f],
];

const random = randomFrom(20);
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

function word(): string {
  const mostly = pick(ranges);
  let text = '';
  for (let left = 1 + random(7); left > 0; left -= 1) {
    const [first, last] = random(4) === 0 ? pick(ranges) : mostly;
    text += String.fromCodePoint(first + random(last - first + 1));
  }
  return text;
}

const punycode = (): string => `xn--${Array.from({ length: 1 + random(8) }, () => pick([...'abcdefgz019-'])).join('')}`;
const endings = ['com', 'de', 'рф', 'xn--p1ai', 'ไทย', '中国', 'org.', 'xn--0'];

test('6,000 difficult texts are read the same on every Node version', () => {
  const digest = createHash('sha256');
  let domains = 0;
  let valid = 0;
  for (let count = 0; count < 6000; count += 1) {
    const label = random(5) === 0 ? punycode() : word();
    const address = `${random(3) === 0 ? word() : 'ann'}@${label}.${pick(endings)}`;
    const cells = [address, word(), word(), `+49 171 ${word()} 1234567`];
    const { domain, valid: isValid, local } = readEmail(address);
    if (domain !== null) domains += 1;
    if (isValid) valid += 1;
    const answers = [
      domain?.ascii ?? null,
      domain?.registrable ?? null,
      isValid,
      isValid ? local : null,
      normalizedEmail(address),
      phoneE164(cells[3] ?? null, 'DE'),
    ];
    digest.update(`${JSON.stringify([cells[0], answers])}\n`);
  }
  // Enough of both kinds, so that the digest is meaningful.
  expect(domains).toBeGreaterThan(1000);
  expect(valid).toBeGreaterThan(700);
  expect(digest.digest('hex')).toBe('84b6500975a724fa3d7d74c5c7e6735989bc02d6d28471600c54b44f5e683c77');
});

/** Meaningful cells, to be put beside and into difficult ones. */
const places =
  'Deutschland Korea,(South) Côte_d’Ivoire 日本 Россия St.Louis г.Москва 10115_Berlin Paris_(75) İzmir Straße Łódź São_Paulo ไทย दिल्ली Bayern NY CA S.Africa Rep. Eq.Guinea Sev.Herz 1220 SW1A_1AA +49_30_901820 N/A'
    .split(' ')
    .map((text) => text.replaceAll('_', ' '));

/** A difficult text, a place, or both in one cell. */
function placeCell(): string | null {
  const kind = random(6);
  if (kind === 0) return null;
  if (kind === 1) return word();
  if (kind === 2) return `${pick(places)}${pick([' ', '.', ', ', ' (', ''])}${word()}`;
  if (kind === 3) return `${word()}${pick([' ', '.', '-', '/'])}${pick(places)}`;
  return pick(places);
}

test('6,000 rows with difficult cells have the same country on every Node version', () => {
  const digest = createHash('sha256');
  let found = 0;
  for (let count = 0; count < 6000; count += 1) {
    const cells = {
      country: random(3) === 0 ? placeCell() : null,
      state: placeCell(),
      city: placeCell(),
      postal_code: placeCell(),
      phone: random(3) === 0 ? placeCell() : null,
      email: random(3) === 0 ? `ann@${word()}.${pick(endings)}` : null,
    };
    const { country, source } = countryAnswer(cells);
    if (country !== null) found += 1;
    digest.update(`${JSON.stringify([country, source])}\n`);
  }
  expect(found).toBeGreaterThan(1000);
  expect(digest.digest('hex')).toBe('04f607fde9d4d5b0ae326a2744d3157bb7b5d20f7bd9df3b3fdcd48ca41e1826');
});

test('our tables of letters, marks, digits and punctuation agree with Unicode', () => {
  const ours = (inside: string) => new RegExp(`^[${inside}]$`, 'u');
  const tables = [
    [ours(lettersBeyondAscii), /^[\p{L}\p{Nd}]$/u],
    [ours(combiningMarks), /^\p{M}$/u],
    [ours(punctuationBeyondAscii), /^\p{P}$/u],
  ] as const;
  let missing = 0;
  const wrong: string[] = [];
  // The remaining code points are private characters and tags.
  for (let code = 0x80; code < 0x40000; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const char = String.fromCodePoint(code);
    for (const [own, unicode] of tables) {
      if (own.test(char) === unicode.test(char)) continue;
      if (own.test(char)) wrong.push(code.toString(16));
      else missing += 1;
    }
    if (decimalDigit(code) !== null && !/^\p{Nd}$/u.test(char)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
  // Invisible characters (some 280), and the additions of later versions.
  expect(missing).toBeLessThan(20_000);
});

test.each([
  ['xn--bcher-kva.de', true],
  ['xn--fiqs8s', true],
  ['xn--0.com', false],
  ['xn--a.com', false],
  ['xn--i-7iq.ws', false],
  ['xn--BCHER-kva.de'.toLowerCase(), true],
  ['example.com', true],
])('%s is a valid name: %s', (ascii, answer) => {
  expect(isName(ascii)).toBe(answer);
});

test('names in scripts newer than Unicode 15 stay unchanged', () => {
  // Unicode 16 and 17.
  for (const name of ['\u{11bc0}\u{11bc1}', '\u{1e6c0}\u{1e6c1}', '\u{323b0}']) expect(fullName(name, null)).toBe(name);
});
