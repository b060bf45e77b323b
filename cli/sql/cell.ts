/** One value as a person sees it on a terminal. */
/** What stands for NULL, so that it is not taken for an empty text. */
export const nullMark = '∅';

const named: { readonly [char: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control characters, and those that turn the direction of writing: data must not steer the terminal. */
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text with every character that a terminal would obey spelled out. */
export const visible = (text: string): string =>
  text.replace(unsafe, (char) => named[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A value for a table. */
export const showCell = (value: string | null): string => (value === null ? nullMark : visible(value));
