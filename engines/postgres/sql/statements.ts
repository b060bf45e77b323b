/** The statements of a script that is in memory as a whole. */
import type { Statement } from '../../sql-session.ts';
import { StatementSplitter } from '../statement-splitter.ts';

/** Returns the statements in order, without those of only white space and comments. */
export function splitStatements(script: string): Statement[] {
  const splitter = new StatementSplitter();
  splitter.push(script);
  const found: Statement[] = [];
  for (;;) {
    const part = splitter.next(true);
    if (part === undefined) return found;
    found.push({ text: part.text, start: part.start });
  }
}
