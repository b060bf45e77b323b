/**
 * Cleans the characters of a cell before it is read: digits, dashes and spaces of any script become ASCII. Invisible marks, surrounding
 * quotes and a label in front are removed.
 */
import { withoutInvisible } from './invisible.ts';
import { decimalDigit } from './tables/decimal-digits.ts';
import { commonLetters, lettersBeyondAscii } from './tables/letters.ts';

/** Text with nothing to clean: most names, codes and numbers. */
const plain = /^[\dA-Za-z](?:[\dA-Za-z .,/()'-]*[\dA-Za-z.)])?$/;

/** The same for other scripts. Without a digit or a colon there is no label either. */
const tidy = new RegExp(`^[${commonLetters}](?:[${commonLetters}.()'’-]| (?! ))*[${commonLetters}.)]$`);

const spaces = /\s+/g;
const dashes = /[\u2010-\u2015\u2043\u2212\ufe58\ufe63]/g;
const fullWidth = /[\uff01-\uff5e]/g;
const beyondAscii = /[^\0-\x7f]/gu;
/** Two of these letters are the flag of a country (Unicode, "Regional indicators"). */
const flag = /[\u{1f1e6}-\u{1f1ff}]{2}/gu;
const firstFlagLetter = 0x1f1e6;
const quotes = /^["'`´\u2018-\u201f\u2039\u203a«»\u3008-\u300f\s]+|["'`´\u2018-\u201f\u2039\u203a«»\u3008-\u300f\s]+$/g;
const ampersand = /&(?:amp|#38);/gi;

/** Labels that forms and exports write before a value: followed by a colon or an equals sign, or by a space and a number. */
const label =
  /^(?:(?:country|land|nation|pays|pa[ií]s|paese|kraj|stra[nž]a|страна|країна|国家|国|국가|state|province|region|bundesland|provincia|estado|stato|city|town|ort|stadt|ville|ciudad|cidade|citt[aà]|miasto|город|місто|城市|도시|zip|postal|post|postcode|postnummer|postleitzahl|plz|cep|pin|pincode|zipcode)(?: ?(?:name|code))?|code postal|c[oó]digo postal|индекс|邮编|邮政编码|郵便番号|우편번호|〒)(?: ?[:=] ?| (?=\d)|(?<=〒)(?=\d))(?=.)/i;

/** Plain text has a label only before a number. */
const labelled = /^[A-Za-z ]+ \d/;

function asciiDigit(char: string): string {
  const digit = decimalDigit(char.codePointAt(0) ?? 0);
  return digit === null ? char : String(digit);
}

function flagCode(pair: string): string {
  return ` ${[...pair].map((letter) => String.fromCharCode(65 + (letter.codePointAt(0) ?? 0) - firstFlagLetter)).join('')} `;
}

/** A dot that ends a word, without a space behind it: `St.Louis`, `S.Africa`, `г.Москва`. Not the dots of `U.S.A.` */
const gluedDot = new RegExp(`\\.(?=[A-Za-z${lettersBeyondAscii}]{2})`, 'gu');

/** The text with a space behind every dot that ends a word. */
export function withSpacedDots(text: string): string {
  return text.includes('.') ? text.replace(gluedDot, '. ') : text;
}

/** A longer cell names no place, so it is not read. */
const longestCell = 160;

/** The cleaned text of a cell; '' if the cell is too long. */
export function cleanCell(text: string): string {
  if (text.length > longestCell) return '';
  if (plain.test(text)) return labelled.test(text) ? text.replace(label, '') : text;
  if (tidy.test(text)) return text;
  return withoutInvisible(text)
    .replace(fullWidth, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
    .replace(beyondAscii, asciiDigit)
    .replace(dashes, '-')
    .replace(ampersand, '&')
    .replace(flag, flagCode)
    .replace(spaces, ' ')
    .replace(quotes, '')
    .replace(label, '');
}
