/**
 * Splits a script into its statements. A semicolon inside quotes, comments, brackets or the body of a function does not end
 * a statement. If a split is missed, the server refuses the text; it never runs two statements as one.
 */

/** One statement and its offset in the script. */
export type Statement = { readonly text: string; readonly start: number };

/** Tokens that are skipped as a whole, tried in this order. An unfinished token extends to the end of the script. */
const tokens = [
  /--[^\n]*/y,
  /[eE]'(?:[^'\\]|\\.|'')*(?:'|$)/sy,
  /'(?:[^']|'')*(?:'|$)/y,
  /"(?:[^"]|"")*(?:"|$)/y,
  /\$([\p{L}_][\p{L}\p{N}_]*)?\$(?:.*?\$\1\$|.*$)/suy,
  /[\p{L}_][\p{L}\p{N}_$]*/uy,
];

/** Returns the statements of a script in order, without those of only white space and comments. */
export function splitStatements(script: string): Statement[] {
  const found: Statement[] = [];
  let start = 0;
  let words: string[] = [];
  let hasContent = false;
  let brackets = 0;
  let bodyDepth = 0;

  const finish = (end: number) => {
    if (hasContent) {
      const text = script.slice(start, end);
      const indent = text.length - text.trimStart().length;
      found.push({ text: text.trim(), start: start + indent });
    }
    start = end + 1;
    words = [];
    hasContent = false;
    brackets = 0;
    bodyDepth = 0;
  };

  let at = 0;
  while (at < script.length) {
    if (script.startsWith('/*', at)) {
      at = endOfComment(script, at);
      continue;
    }
    const token = tokenAt(script, at);
    if (token !== undefined) {
      at += token.length;
      if (token.startsWith('--')) continue;
      hasContent = true;
      const word = token.toLowerCase();
      if (words.length < 4) words.push(word);
      // The body of a function in plain SQL: BEGIN ATOMIC ... END, with CASE ... END inside.
      if (isRoutine(words)) {
        if (word === 'begin' || (word === 'case' && bodyDepth > 0)) bodyDepth += 1;
        else if (word === 'end' && bodyDepth > 0) bodyDepth -= 1;
      }
      continue;
    }
    const char = script[at] ?? '';
    if (char === ';' && brackets === 0 && bodyDepth === 0) finish(at);
    else if (char.trim() !== '') {
      hasContent = true;
      if (char === '(') brackets += 1;
      if (char === ')') brackets = Math.max(0, brackets - 1);
    }
    at += 1;
  }
  finish(script.length);
  return found;
}

const isRoutine = (words: readonly string[]): boolean =>
  /^create (or replace )?(function|procedure)\b/.test(words.join(' '));

function tokenAt(script: string, at: number): string | undefined {
  for (const token of tokens) {
    token.lastIndex = at;
    const [match] = token.exec(script) ?? [];
    if (match) return match;
  }
  return undefined;
}

/** Returns the end of a block comment. Comments nest in PostgreSQL. */
function endOfComment(script: string, from: number): number {
  let depth = 0;
  for (let at = from; at < script.length; at += 1) {
    if (script.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (script.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return script.length;
}
