/**
 * Column `full_name`: first and last name on one line. Case and script stay as they are, because no rule covers
 * "McDonald", "van der Berg" and "毛".
 */
import { commonLetters, lettersBeyondAscii } from './tables/letters.ts';
import { isNoName, isSuspect, isSuspectAt, suspectLengths } from './tables/no-name.ts';

/** Text with nothing to clean and nothing to compose: nearly all names, beyond ASCII too. */
const tidy = new RegExp(`^[${commonLetters}][${commonLetters}'’.-]*(?: [${commonLetters}'’.-]+)*$`);

/** Unicode spaces and control characters. */
const spaces = /[\s\p{Cc}]+/gu;

/**
 * Invisible characters without meaning: soft hyphens, zero-width spaces, marks of the writing direction. Joiners (U+200C, U+200D) and
 * variation selectors of Chinese characters are part of the spelling inside a name, so they stay.
 */
const unseen =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}-\u{e007f}]+/gu;
const canHide = /[\u00ad\u061c\u180e\u200b-\uffff]/;
const joiner = /[\u200c\u200d]/;
const looseJoiner = /(?<=^|\s)[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)/g;

/** A letter, digit or picture. Scripts newer than the table count as letters; Korean fillers, which are invisible, do not. */
const letter = new RegExp(
  `[A-Za-z\\d${lettersBeyondAscii}\\u{10000}-\\u{1cfff}\\u{1e000}-\\u{1efff}\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3ffff}]`,
  'u',
);

/** Whether the text has only ASCII letters. A loop, because a regular expression takes longer for short texts. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at) | 32;
    if (code < 97 || code > 122) return false;
  }
  return true;
}

function part(text: string | null): string {
  if (text === null) return '';
  const clean = isPlain(text) || tidy.test(text) ? text : cleaned(text);
  return isSuspect(clean) && isNoName(clean) ? '' : clean;
}

/** The text without invisible characters and extra spaces; '' if no letter is left. */
function cleaned(text: string): string {
  // Checked first, because most texts that get here only have too many spaces.
  const visible = canHide.test(text) ? text.replace(unseen, '') : text;
  const spaced = visible.replace(spaces, ' ').trim();
  const seen = joiner.test(spaced) ? spaced.replace(looseJoiner, '').trim() : spaced;
  return letter.test(seen) ? seen.normalize('NFC') : '';
}

/** Whether both parts have only ASCII letters, as most do, and are not a placeholder, alone or together. */
function isOrdinary(first: string, last: string): boolean {
  if (first === '' || last === '' || !isPlain(first) || !isPlain(last)) return false;
  const given = suspectLengths(first);
  const family = suspectLengths(last);
  if ((given | family) === 0) return true;
  if (isSuspectAt(given, first.length) || isSuspectAt(family, last.length)) return false;
  return !isSuspectAt(given, first.length + 1 + last.length);
}

/**
 * First name, one space, last name: each in NFC, trimmed, its spaces (Unicode ones too) collapsed, without invisible characters. A part is
 * left out if it is missing, has no letter (`—`), is a spreadsheet error (`#REF!`) or a placeholder (`N/A`, `(blank)`, `Not Provided`).
 * Null if nothing remains.
 */
export function fullName(first: string | null, last: string | null): string | null {
  if (first === null || last === null) return part(first) || part(last) || null;
  if (isOrdinary(first, last)) return `${first} ${last}`;
  const given = part(first);
  const family = part(last);
  if (given === '') return family === '' ? null : family;
  if (family === '') return given;
  // "Not" and "Provided".
  if (isSuspect(given) && isNoName(`${given} ${family}`)) return null;
  return `${given} ${family}`;
}
