/** Tokens of PostgreSQL's SQL: where they begin and end in a text whose end may not have arrived. */

/** The token at a place continues behind the text that has arrived. */
export const unfinished = -1;

// PostgreSQL takes every character outside ASCII for a letter. So these also match the bytes of UTF-8 read as Latin-1.
const wordStart = 'A-Za-z_\\u0080-\\uffff';
export const word = new RegExp(`[${wordStart}][${wordStart}0-9$]*`, 'y');
export const dollarTag = new RegExp(`\\$(?:[${wordStart}][${wordStart}0-9]*)?\\$`, 'y');
export const openDollarTag = new RegExp(`\\$(?:[${wordStart}][${wordStart}0-9]*)?$`, 'y');
export const lineEnd = /[\r\n]/g;
const commentEdge = /\/\*|\*\//g;
const backslashOrQuote = /\\|'/g;

const quote = 0x27;
const slash = 0x2f;

/** The match of a sticky pattern at a place. */
export function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Where a global pattern matches next, `unfinished` if it does not. */
export function indexOfPattern(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? unfinished;
}

/** The end of a quotation. A doubled quote inside it ends one quotation and begins the next, with the same result. */
export function endAfter(text: string, quote: string, from: number): number {
  const found = text.indexOf(quote, from);
  return found === -1 ? unfinished : found + quote.length;
}

/** The end of a string whose quote has been opened. */
export function endOfString(text: string, from: number, escapes: boolean): number {
  if (!escapes) return endAfter(text, "'", from);
  for (let at = from; ; ) {
    const found = indexOfPattern(backslashOrQuote, text, at);
    // Here a doubled quote matters, because the string after it has escapes, too.
    if (found === unfinished || found + 1 === text.length) return unfinished;
    const isEnd = text.charCodeAt(found) === quote && text.charCodeAt(found + 1) !== quote;
    if (isEnd) return found + 1;
    at = found + 2;
  }
}

/** The end of a block comment. Comments nest in PostgreSQL. */
export function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; ) {
    const found = indexOfPattern(commentEdge, text, at);
    if (found === unfinished) return unfinished;
    depth += text.charCodeAt(found) === slash ? 1 : -1;
    at = found + 2;
    if (depth === 0) return at;
  }
}
