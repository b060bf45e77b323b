/** Comments of tables and columns. */
import type { Report } from './finding.ts';

/** Most characters of comments. */
export const maxTableComment = 2048;
export const maxColumnComment = 1024;

/** The comment as a literal, cut to its limit; empty without one. */
export function commentClause(comment: string | null, limit: number, object: string, report: Report): string {
  if (comment === null || comment === '') return '';
  const characters = [...comment];
  if (characters.length > limit)
    report({
      severity: 'info',
      object,
      what: `has a comment of ${characters.length} characters, which is cut to ${limit}`,
      why: 'the limit of the server',
    });
  // Only a plain literal is allowed here, so backslashes are doubled: sessions of Sluice have no NO_BACKSLASH_ESCAPES.
  return `'${characters.slice(0, limit).join('').replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
