/**
 * The scanner that the JSON readers share: structural characters, and functions that find the end of a string, number or tree.
 * The character codes are ASCII, so they are valid both for the code units of a text and for the bytes of UTF-8.
 */

export const quote = 34;
export const comma = 44;
export const minus = 45;
export const zero = 48;
export const colon = 58;
export const openBracket = 91;
export const backslash = 92;
export const closeBracket = 93;
export const openBrace = 123;
export const closeBrace = 125;

const plus = 43;
const point = 46;
const upperE = 69;
const lowerE = 101;

/** Invalid JSON. Thrown by the scanner and the reader, caught by the decoders. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** Throws a `JsonSyntaxError` that says what was `expected` at this position. */
export function failAt(text: string, at: number, expected: string): never {
  throw new JsonSyntaxError(at >= text.length ? 'it ends too early' : `expected ${expected} at position ${at}`);
}

/** True for space, line feed, carriage return and tab. */
export const isSpace = (code: number | undefined): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** True for 0 to 9. */
export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Returns the length of a UTF-8 byte order mark at the start. Some producers write one, and RFC 8259 allows readers to ignore it. */
export const markLength = (bytes: Uint8Array): number =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

/** Returns the index after the string that starts with the quote at `at`. Its content, such as escapes, is not checked. */
export function endOfString(text: string, at: number): number {
  const start = at + 1;
  let end = text.indexOf('"', start);
  while (end >= 0) {
    let slashes = 0;
    while (end - slashes > start && text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return failAt(text, text.length, 'the end of a string');
}

/** Returns the index after the digits at `at`. Throws if there is none. */
function endOfDigits(text: string, at: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end === at ? failAt(text, at, 'a digit') : end;
}

/** Returns the index after the number at `at`. A loop, because a regular expression overflows the stack at millions of digits. */
export function endOfNumber(text: string, at: number): number {
  let end = text.charCodeAt(at) === minus ? at + 1 : at;
  end = text.charCodeAt(end) === zero ? end + 1 : endOfDigits(text, end);
  let code = text.charCodeAt(end);
  if (code === point) {
    end = endOfDigits(text, end + 1);
    code = text.charCodeAt(end);
  }
  if (code === lowerE || code === upperE) {
    const sign = text.charCodeAt(end + 1);
    end = endOfDigits(text, sign === minus || sign === plus ? end + 2 : end + 1);
  }
  return end;
}

/** Returns the index after the array or object that starts at `at`. Its content is not checked. */
export function endOfTree(text: string, at: number): number {
  let depth = 0;
  for (let end = at; ; ) {
    const code = text.charCodeAt(end);
    if (code === quote) {
      end = endOfString(text, end);
      continue;
    }
    if (Number.isNaN(code)) return failAt(text, end, 'the end of a value');
    end += 1;
    if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
      if (depth === 0) return end;
    }
  }
}
