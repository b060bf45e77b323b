/**
 * Column `full_name`: first and last name as a person would write them on one line. Case and script stay as they are:
 * "McDonald", "van der Berg" and "毛" have no rule that a machine could apply.
 */
import { commonLetters, lettersBeyondAscii } from './tables/letters.ts';
import { isSuspect, isSuspectAt, saysNothing, suspectLengths } from './tables/no-name.ts';

/** Nothing to clean and nothing to compose, as in nearly all names beyond ASCII. */
const tidy = new RegExp(`^[${commonLetters}][${commonLetters}'’.-]*(?: [${commonLetters}'’.-]+)*$`);

/** Unicode spaces, and controls. */
const spaces = /[\s\p{Cc}]+/gu;

/**
 * Characters that show nothing and spell nothing: soft hyphens, zero-width spaces, marks of the writing direction. Joiners (U+200C, U+200D)
 * are spelling inside of a name, and so are the selectors of a variant of a Chinese character.
 */
const unseen =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}-\u{e007f}]+/gu;
const canHide = /[\u00ad\u061c\u180e\u200b-\uffff]/;
const joiner = /[\u200c\u200d]/;
const looseJoiner = /(?<=^|\s)[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)/g;

/** A letter or digit, or a picture, which a person chose; scripts newer than the table are taken for letters. Those of Korean that show nothing are not in it. */
const letter = new RegExp(
  `[A-Za-z\\d${lettersBeyondAscii}\\u{10000}-\\u{1cfff}\\u{1e000}-\\u{1efff}\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3ffff}]`,
  'u',
);

/** Nothing but letters of ASCII. A loop, because for texts this short a regular expression takes longer to call. */
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
  return isSuspect(clean) && saysNothing(clean) ? '' : clean;
}

/** The text without what does not belong there, empty where no letter is left. */
function cleaned(text: string): string {
  // Asked first, because most have spaces too many and nothing else.
  const visible = canHide.test(text) ? text.replace(unseen, '') : text;
  const spaced = visible.replace(spaces, ' ').trim();
  const seen = joiner.test(spaced) ? spaced.replace(looseJoiner, '').trim() : spaced;
  return letter.test(seen) ? seen.normalize('NFC') : '';
}

/** Two parts of nothing but letters of ASCII, as most are, that do not look like words for nothing, alone and together. */
function isOrdinary(first: string, last: string): boolean {
  if (first === '' || last === '' || !isPlain(first) || !isPlain(last)) return false;
  const given = suspectLengths(first);
  const family = suspectLengths(last);
  if ((given | family) === 0) return true;
  if (isSuspectAt(given, first.length) || isSuspectAt(family, last.length)) return false;
  return !isSuspectAt(given, first.length + 1 + last.length);
}

/**
 * First name, one space, last name: each in NFC, trimmed, its spaces (Unicode ones too) collapsed, without invisible marks. A missing
 * part, one without any letter (`—`), one that a spreadsheet broke (`#REF!`) or that says that there is none (`N/A`, `(blank)`, `Not
 * Provided`) is left out; null if nothing remains.
 */
export function fullName(first: string | null, last: string | null): string | null {
  if (first === null || last === null) return part(first) || part(last) || null;
  if (isOrdinary(first, last)) return `${first} ${last}`;
  const given = part(first);
  const family = part(last);
  if (given === '') return family === '' ? null : family;
  if (family === '') return given;
  // "Not" and "Provided".
  if (isSuspect(given) && saysNothing(`${given} ${family}`)) return null;
  return `${given} ${family}`;
}
