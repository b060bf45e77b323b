/**
 * Column `full_name`: first and last name as a person would write them on one line. Case and script stay as they are:
 * "McDonald", "van der Berg" and "毛" have no rule that a machine could apply.
 */

/** What legacy systems write where they have no name. Compared as lower case. */
const placeholders = new Set(
  '- -- --- . .. _ ? ?? * / # n/a #n/a n.a. n/a. n\\a (null) <null> \\n null none undefined unknown (unknown) (none) nil nan'.split(
    ' ',
  ),
);

/** Real names that would be dropped as lower-case placeholders: the family names Null and Nan, written as names are. */
const names = new Set(['Null', 'Nan', 'Nil']);

/** Anything but letters of ASCII: only then is there something to clean. */
const notPlain = /[^A-Za-z]/;

/** Unicode spaces, controls, and the invisible characters that carry no meaning. Joiners (U+200C, U+200D) are spelling. */
const spaces = /[\s\p{Cc}\u180e\u200b\u2060]+/gu;

/** How placeholders begin: no letter but N and U, nothing beyond ASCII. */
const suspect = /^[^A-MO-TV-Za-mo-tv-z\u0080-\uffff]/;

function part(text: string | null): string {
  if (text === null) return '';
  const clean = notPlain.test(text) ? text.normalize('NFC').replace(spaces, ' ').trim() : text;
  // No placeholder is longer than 9 characters.
  if (!suspect.test(clean) || clean.length > 9 || names.has(clean)) return clean;
  return placeholders.has(clean.toLowerCase()) ? '' : clean;
}

/**
 * First name, one space, last name: each in NFC, trimmed, its spaces (Unicode ones too) collapsed. A missing part or a
 * placeholder (`N/A`, `-`, `null`) is left out; null if nothing remains.
 */
export function fullName(first: string | null, last: string | null): string | null {
  const given = part(first);
  const family = part(last);
  if (given === '') return family === '' ? null : family;
  return family === '' ? given : `${given} ${family}`;
}
