/** Values of results as shown on a terminal. */

/** Sign for NULL, which differs from an empty text. */
export const nullMark = '∅';

const namedEscapes: { readonly [char: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control characters and changes of the writing direction, which could control the terminal. */
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Returns the text with control characters escaped. */
export const visible = (text: string): string =>
  text.replace(unsafe, (char) => namedEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Returns a value for a table. */
export const showCell = (value: string | null): string => (value === null ? nullMark : visible(value));
