/**
 * Folds the many spellings of a name into one. Countries, provinces and cities are compared only in this form: by `build.ts` when it
 * makes the tables, and by the functions when they look a name up.
 */

import { combiningMarks, lettersBeyondAscii } from './tables/letters.ts';

/** Letters that Unicode does not decompose, as people type them on a keyboard without them. */
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
/** All characters that Unicode calls marks, including the invisible ones. */
const marks = new RegExp(
  `[${combiningMarks}\\u034f\\u17b4\\u17b5\\u180b-\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]+`,
  'gu',
);
const silent = /['’‘`´ʻʼ.]/g;
const separators = new RegExp(`[^a-z\\d${lettersBeyondAscii}]+`, 'gu');

/** A cell is often folded several times in a row, so the last result is kept. */
let lastText = '';
let lastFolded = '';

/**
 * Lower case, without accents, apostrophes and dots, `&` as "and", any other punctuation as one space:
 * `Trinidad & Tobago` equals `TRINIDAD AND  TOBAGO`, `Côte d’Ivoire` equals `cote divoire`. Idempotent.
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

/** Lower case with accents, composed. `Mỹ` (the United States in Vietnamese) differs from the code `my`. */
export function exactSpelling(text: string): string {
  // Lower-casing the Turkish capital I leaves its dot as a separate mark.
  return text.toLowerCase().normalize('NFC').replaceAll('i\u0307', 'i').trim();
}
