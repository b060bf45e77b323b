/**
 * Internationalised domain names: the ASCII form of a text, and whether IDNA 2008 (RFC 5892) knows it as a name.
 *
 * By tr46, which brings its tables along, and by letters of our own, not by Node's `domainToASCII`: that one follows the Unicode version and
 * the URL parser of the Node that runs this, takes symbols, and drops invisible characters without a word.
 */
import tr46 from 'tr46';
import { combiningMarks, lettersBeyondAscii } from './tables/letters.ts';

/** As URLs are read: no transitional forms (`faß.de` is not `fass.de`); joiners only where the spelling needs them. */
const options = { checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true } as const;

/** Letters, marks and digits, joiners, and what else RFC 5892 2.6 takes: middle dots and some signs of single scripts. */
const characters = `\\w\\u200c\\u200d\\u00b7\\u0375\\u05f3\\u05f4\\u06fd\\u06fe\\u0f0b\\u3007\\u30fb${lettersBeyondAscii}${combiningMarks}`;

/** A name as it is written, with the dots and the hyphen of East Asian keyboards, too. */
const written = new RegExp(`^[-.\\u3002\\uff0d\\uff0e\\uff61${characters}]+$`, 'u');

/** A name once it is read. */
const name = new RegExp(`^[-.${characters}]+$`, 'u');

/** Letters that only lengthen others (RFC 5892 2.6), and a middle dot outside of the Catalan l·l (A.3). */
const forbidden = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]|(?<!l)\u00b7|\u00b7(?!l)/;

/** Is the ASCII domain, in lower case, the form of a name? Only labels in punycode can be none. */
export function isName(ascii: string): boolean {
  if (!ascii.includes('xn--')) return true;
  if (tr46.toASCII(ascii, options) !== ascii) return false;
  const { domain } = tr46.toUnicode(ascii, options);
  return name.test(domain) && !forbidden.test(domain);
}

/** The ASCII form of a domain in other letters, in lower case; null where it has none. */
export function domainToAscii(text: string): string | null {
  // Normalisation makes one character of a letter and a mark, so both what is written and what becomes of it are looked at.
  const ascii = written.test(text) ? tr46.toASCII(text, options) : null;
  return ascii !== null && isName(ascii) ? ascii : null;
}
