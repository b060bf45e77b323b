/**
 * Splits a script into its statements. A semicolon in quotes or comments does not end a statement. For the body of a procedure a
 * line `DELIMITER //` changes the end of statements, as in the client of the server.
 */
import type { Statement } from '../../sql-session.ts';

/** Quoted texts and names, and comments. `--` begins a comment only before white space. */
const skipped =
  /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|(?:#|--(?=\s|$))[^\n]*|\/\*(?![!M])[\s\S]*?\*\//suy;

const comment = /^(?:\s|#[^\n]*(?:\n|$)|--(?=\s|$)[^\n]*(?:\n|$)|\/\*(?![!M])[\s\S]*?\*\/)*/u;

const newDelimiter = /delimiter[ \t]+(\S+)[^\n]*(?:\n|$)/iuy;

/** Returns the statements in order, without those of only white space and comments. */
export function splitStatements(script: string): Statement[] {
  const found: Statement[] = [];
  let delimiter = ';';
  let start = 0;
  let at = 0;
  const take = (end: number): void => {
    const text = script.slice(start, end);
    if (text.replace(comment, '') !== '') found.push({ text, start });
  };
  while (at < script.length) {
    if (script.startsWith(delimiter, at)) {
      take(at);
      at += delimiter.length;
      start = at;
      continue;
    }
    newDelimiter.lastIndex = at;
    const isAtStart = script.slice(start, at).replace(comment, '') === '' && /(?:^|\s)$/.test(script.slice(0, at));
    const changed = isAtStart ? newDelimiter.exec(script) : null;
    skipped.lastIndex = at;
    const part = changed ?? skipped.exec(script);
    if (changed) {
      delimiter = changed[1] ?? ';';
      start = at + changed[0].length;
    }
    at += part === null ? 1 : part[0].length;
  }
  take(script.length);
  return found;
}
