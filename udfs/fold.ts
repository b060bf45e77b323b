/**
 * One spelling for names that people write in many: countries, provinces and cities are compared in this form only, by the
 * tables when they are built and by the functions when they look something up.
 */

import { combiningMarks, lettersBeyondAscii } from './tables/letters.ts';

/** Letters that Unicode does not decompose, as people without them on their keyboard write them. */
const letters = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ł', 'l'],
  ['ı', 'i'],
  ['ħ', 'h'],
  ['ŋ', 'n'],
  ['ə', 'a'],
]);
const undecomposed = /[ßæœøđðþłıħŋə]/g;

const plain = /^[a-z]+(?: [a-z]+)*$/;
/** All that Unicode calls a mark, the invisible ones among them. */
const marks = new RegExp(
  `[${combiningMarks}\\u034f\\u17b4\\u17b5\\u180b-\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]+`,
  'gu',
);
const silent = /['’‘`´ʻʼ.]/g;
const separators = new RegExp(`[^a-z\\d${lettersBeyondAscii}]+`, 'gu');

/** A cell is often folded more than once in a row. */
let lastText = '';
let lastFolded = '';

/**
 * Lower case, without accents, apostrophes and dots, `&` as "and", every other punctuation as one space:
 * `Trinidad & Tobago` and `TRINIDAD AND  TOBAGO`, `Côte d’Ivoire` and `cote divoire` become the same. Idempotent.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase().trim();
  if (plain.test(lower)) return lower;
  if (lower !== lastText) {
    lastFolded = folded(lower);
    lastText = lower;
  }
  return lastFolded;
}

function folded(lower: string): string {
  const bare = lower.normalize('NFKD').replace(marks, '');
  if (plain.test(bare)) return bare;
  return bare
    .normalize('NFC')
    .toLowerCase()
    .replace(undecomposed, (letter) => letters.get(letter) ?? letter)
    .replaceAll('&', ' and ')
    .replace(silent, '')
    .replace(separators, ' ')
    .trim();
}

/** Lower case with its accents, composed: what tells `Mỹ` (the United States in Vietnamese) from the code `my`. */
export function exactSpelling(text: string): string {
  // The capital I of Turkish leaves a dot behind as a mark of its own.
  return text.toLowerCase().normalize('NFC').replaceAll('i\u0307', 'i').trim();
}
