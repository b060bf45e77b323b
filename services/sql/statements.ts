/** The statements of a script that is in memory as a whole. */
import { StatementSplitter } from '../../engines/postgres/statement-splitter.ts';

/** One statement and its offset in the script. */
export type Statement = { readonly text: string; readonly start: number };

/** Returns the statements of a script in order, without those of only white space and comments. */
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
