/**
 * Reads the characters of a phone cell, not their meaning: the digits, and whether a calling code comes first. It skips labels, quotes,
 * invisible marks, an extension, and the `.0` of a number that was stored as a float. A cell with anything else is not read, because a
 * part of a number would be another number.
 */
import { withoutInvisible } from './invisible.ts';
import { decimalDigit } from './tables/decimal-digits.ts';
import { isPhoneLabel } from './tables/phone-labels.ts';

/** A phone cell that holds digits. */
export type PhoneText = {
  /** The cell without the skipped parts, with digits and punctuation in ASCII. */
  readonly text: string;
  /** The digits, without the plus sign or the two zeros in front of a calling code. */
  readonly digits: string;
  /** Whether the number begins with a plus sign or `00`. */
  readonly international: boolean;
  /** Whether it begins with `00`. Some countries use other international prefixes, and some dial a carrier after the zeros. */
  readonly dialled: boolean;
  /** Numbers of digits after which a second number or an alternative ending may begin. */
  readonly breaks: readonly number[];
};

/** Longer cells are not phone numbers, even with a label. */
const longestCell = 64;

const noBreaks: readonly number[] = [];

/** Fewer digits are a calling code or an area code, not a number, in every country. */
const fewestDigits = 5;

/** Two groups of equal length, at least this long, are two numbers, or one number with an alternative ending: `12345 12346`. */
const twinLength = 5;

/**
 * Reads a cell in the usual form: it begins with a plus sign, a digit or a bracket, ends with a digit, and has only digits and ASCII
 * punctuation between them. Returns null for any other cell, which `readWithCare` then reads.
 */
function readPlain(cell: string): PhoneText | null {
  let digits = '';
  let breaks = noBreaks;
  let from = -1;
  let group = 0;
  let dots = 0;
  for (let at = 0; at < cell.length; at += 1) {
    const code = cell.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      if (from === -1) from = at;
      continue;
    }
    if (from !== -1) {
      const length = at - from;
      if (length === group && length >= twinLength) breaks = [...breaks, digits.length];
      group = length;
      digits += cell.slice(from, at);
      from = -1;
    }
    // A hyphen between spaces may separate two numbers.
    if (code === 45 && cell.charCodeAt(at - 1) === 32) return null;
    // Allowed are space, ) - and dot; a plus sign only at the start; an opening bracket only at the start or after a calling code.
    if (code === 46) dots += 1;
    else if (!((code === 32 && at > 0) || code === 41 || code === 45 || (code === 43 && at === 0)))
      if (code !== 40 || digits.length >= fewestDigits) return null;
  }
  const length = cell.length - from;
  // A single dot, or one before the last digit, may be a decimal point.
  if (from === -1 || dots === 1 || (dots > 1 && length === 1)) return null;
  if (length === group && length >= twinLength) breaks = [...breaks, digits.length];
  return phoneOf(cell, digits + cell.slice(from), cell.charCodeAt(0) === 43, breaks);
}

/** Two groups of equal length, as `readWithCare` finds them. */
const twins = /(?<!\d)(\d{5,})[ ).-]+(?=(\d{5,})(?!\d))/g;

const dash = /[\u02d7\u058a\u05be\u1806\u2010-\u2015\u2043\u207b\u2212\u2e3a\u2e3b\u30fc\ufe58\ufe63\uff70]/;
const dot = /[\u00b7\u2022\u2024\u2027\u2219\u22c5\u3002\u30fb\uff61\uff65]/;
const space = /\s/;
/** Pictures of telephones. */
const picture = /[\u260e\u260f\u2706\u2121\u213b\u{1f4de}\u{1f4f1}\u{1f4f2}\u{1f57d}-\u{1f580}]/u;
const quote = /[\u00b4\u2018-\u201f\u2032\u2033\u2039\u203a\u00ab\u00bb\u300c\u300d]/;

/** The ASCII equivalent of a character, or the character itself if there is none. */
function toAscii(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const digit = decimalDigit(code);
  if (digit !== null) return String(digit);
  // Full-width forms of ASCII.
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (dash.test(char)) return '-';
  if (dot.test(char)) return '.';
  if (quote.test(char)) return "'";
  if (code === 0xfe62) return '+';
  return space.test(char) || picture.test(char) ? ' ' : char;
}

const beyondAscii = /[^\0-\x7f]/u;
const allBeyondAscii = /[^\0-\x7f]/gu;

/** Characters that may stand between the digits. A line break or a bar separates numbers. */
const phoneText = /^[+\d\s().\-/|[\]_~]*$/;
const around = /^[\s='"`<>{,;:]+|[\s'"`<>}.,;:]+$/g;

/**
 * An extension is not part of the number, because a switchboard connects it. The words leave out the German Durchwahl and the Austrian
 * Klappe: they are dialled instead of the last digits, so the number itself is unknown.
 */
const extension =
  /(?<=[\d)\]])[\s,;(]*(?:;ext=|(?:extension|extn|ext|poste|interno|int|ramal|anexo|toestel|tst|anknytning|ankn|dahili|wewn|wew|klapka|доб|добавочный|вн|内线|分机|內線|分機|내선|ต่อ)[\s.:=]*|[x#]\s*)\d{1,6}\)?$/iu;

/** Digits grouped as an amount: `1,711,234,567`, with or without decimals that are zero. */
const amount = /^(\d{1,3}(?:,\d{3}){2,})(?:\.0+)?$/;
const amountOfDots = /^(\d{1,3}(?:\.\d{3}){2,}),0+$/;
const float = /^(\+?[\d\s()\-/]*\d)[.,](0|(?<=^\+?[1-9]\d*.)0+)$/;
const scientific = /^(\+?)(\d+)[.,](\d+)e\+?0*(\d{1,2})$/i;
/** The dot may separate thousands or decimals. */
const unclear = /\.\d$|^[^.]*\.00$/;

/** The digits of a number that a spreadsheet or a program stored as a quantity; null if digits were lost. */
function unfloated(text: string): string | null {
  const power = scientific.exec(text);
  if (power !== null) {
    const [, plus = '', whole = '', decimals = '', exponent] = power;
    // Fewer decimals than the exponent: the last digits were rounded away.
    return decimals.length === Number(exponent) ? `${plus}${whole}${decimals}` : null;
  }
  const grouped = amount.exec(text) ?? amountOfDots.exec(text);
  if (grouped !== null) return (grouped[1] ?? '').replace(/[.,]/g, '');
  const whole = float.exec(text)?.[1];
  if (whole !== undefined) return whole;
  return unclear.test(text) ? null : text;
}

/** Removes labels before and after a number. */
function withoutLabels(text: string): string {
  const before = /^[^\d+]*/.exec(text)?.[0] ?? '';
  const after = /[^\d]*$/.exec(text)?.[0] ?? '';
  // The bracket of `Tel. (030) 901820` belongs to the number.
  const bracket = /[([]$/.exec(before)?.[0] ?? '';
  const from = isPhoneLabel(before) ? before.length - bracket.length : 0;
  return text.slice(from, isPhoneLabel(after) ? text.length - after.length : text.length);
}

/**
 * The counts of digits before each place at which another number or an extension may begin: a slash, a bar, a line break, a bracket, a
 * hyphen between spaces, and the gap between groups of equal length.
 */
function breaksOf(text: string): readonly number[] {
  const places = [...text.matchAll(/[/|\n\r([]| - /g)].map(({ index }) => index);
  for (const { 0: whole, 1: one = '', 2: other = '', index } of text.matchAll(twins))
    if (one.length === other.length) places.push(index + whole.length);
  return places.map((at) => text.slice(0, at).replace(/\D/g, '').length).filter((count) => count >= fewestDigits);
}

function readWithCare(cell: string): PhoneText | null {
  let text = cell;
  if (beyondAscii.test(text)) text = withoutInvisible(text).replace(allBeyondAscii, toAscii);
  text = text.replace(around, '').replace(extension, '');
  const number = unfloated(withoutLabels(text).replace(around, ''));
  if (number === null || !phoneText.test(number)) return null;
  const plus = number.lastIndexOf('+');
  if (plus !== -1 && /\d/.test(number.slice(0, plus))) return null;
  const breaks = breaksOf(number);
  return phoneOf(number.trim(), number.replace(/\D/g, ''), plus !== -1, breaks);
}

function phoneOf(text: string, digits: string, plus: boolean, breaks: readonly number[]): PhoneText {
  const zeros = digits.startsWith('00') && digits.length > 8;
  if (!zeros) return { text, digits, international: plus, dialled: false, breaks };
  return {
    text,
    digits: digits.slice(2),
    international: true,
    dialled: !plus,
    breaks: breaks.map((count) => Math.max(0, count - 2)),
  };
}

let lastCell = '';
let lastPhone: PhoneText | null = null;

/** Reads a phone cell; null if it holds no number or is ambiguous. Two columns read each cell, so the last result is cached. */
export function readPhoneText(cell: string): PhoneText | null {
  if (cell.length > longestCell) return null;
  if (cell !== lastCell) {
    lastPhone = readPlain(cell) ?? readWithCare(cell);
    lastCell = cell;
  }
  return lastPhone;
}
