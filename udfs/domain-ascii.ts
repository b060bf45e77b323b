/**
 * Internationalised domain names: their ASCII form, and whether IDNA 2008 (RFC 5892) accepts the name.
 *
 * Uses tr46, which has its own tables, and our own table of letters instead of Node's `domainToASCII`. The latter depends on Node's
 * Unicode version and URL parser, accepts symbols, and silently drops invisible characters.
 */

import tr46 from 'tr46';
import { combiningMarks, lettersBeyondAscii } from './tables/letters.ts';

/** As URLs are read: non-transitional (`faß.de` is not `fass.de`), joiners only where the spelling needs them. */
const options = { checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true } as const;

/** Letters, marks, digits, joiners, and the other characters of RFC 5892 2.6: middle dots and some signs of single scripts. */
const characters = `\\w\\u200c\\u200d\\u00b7\\u0375\\u05f3\\u05f4\\u06fd\\u06fe\\u0f0b\\u3007\\u30fb${lettersBeyondAscii}${combiningMarks}`;

/** A name as typed, which may have the dots and the hyphen of East Asian keyboards. */
const written = new RegExp(`^[-.\\u3002\\uff0d\\uff0e\\uff61${characters}]+$`, 'u');

/** A name after conversion. */
const name = new RegExp(`^[-.${characters}]+$`, 'u');

/** Letters that only lengthen others (RFC 5892 2.6), and a middle dot outside of the Catalan l·l (A.3). */
const forbidden = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]|(?<!l)\u00b7|\u00b7(?!l)/;

/** Whether the ASCII domain, in lower case, is a valid name. Only labels in punycode can be invalid. */
export function isName(ascii: string): boolean {
  if (!ascii.includes('xn--')) return true;
  if (tr46.toASCII(ascii, options) !== ascii) return false;
  const { domain } = tr46.toUnicode(ascii, options);
  return name.test(domain) && !forbidden.test(domain);
}

/** The ASCII form, in lower case, of a domain with other characters; null if it has none. */
export function domainToAscii(text: string): string | null {
  // Normalisation composes a letter and a mark into one character, so the text is checked before and after it.
  const ascii = written.test(text) ? tr46.toASCII(text, options) : null;
  return ascii !== null && isName(ascii) ? ascii : null;
}
