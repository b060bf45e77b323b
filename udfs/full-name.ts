/**
 * Column `full_name`: first and last name as a person would write them on one line. Case and script stay as they are:
 * "McDonald", "van der Berg" and "毛" have no rule that a machine could apply.
 */
import { lettersBeyondAscii } from './tables/letters.ts';
import { saysNothing } from './tables/no-name.ts';

/** Anything but letters of ASCII: only then is there something to clean. */
const notPlain = /[^A-Za-z]/;

/** Unicode spaces, and controls. */
const spaces = /[\s\p{Cc}]+/gu;

/**
 * Characters that show nothing and spell nothing: soft hyphens, zero-width spaces, marks of the writing direction. Joiners (U+200C, U+200D)
 * are spelling inside of a name, and so are the selectors of a variant of a Chinese character.
 */
const unseen =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}-\u{e007f}]+/gu;
const looseJoiner = /(?<=^|\s)[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)/g;

/** A letter or digit; scripts newer than the table are taken for letters. Those of Korean that show nothing are not in it. */
const letter = new RegExp(
  `[A-Za-z\\d${lettersBeyondAscii}\\u{10000}-\\u{1cfff}\\u{1e000}-\\u{1efff}\\u{20000}-\\u{3ffff}]`,
  'u',
);

function part(text: string | null): string {
  if (text === null) return '';
  if (!notPlain.test(text)) return saysNothing(text) ? '' : text;
  const seen = text.replace(unseen, '').replace(spaces, ' ').trim().replace(looseJoiner, '').trim();
  const clean = seen.normalize('NFC');
  return letter.test(clean) && !saysNothing(clean) ? clean : '';
}

/**
 * First name, one space, last name: each in NFC, trimmed, its spaces (Unicode ones too) collapsed, without invisible marks. A missing
 * part, one without any letter (`—`), one that a spreadsheet broke (`#REF!`) or that says that there is none (`N/A`, `(blank)`, `Not
 * Provided`) is left out; null if nothing remains.
 */
export function fullName(first: string | null, last: string | null): string | null {
  const given = part(first);
  const family = part(last);
  if (given === '') return family === '' ? null : family;
  if (family === '') return given;
  const name = `${given} ${family}`;
  // "Not" and "Provided".
  return saysNothing(name) ? null : name;
}
