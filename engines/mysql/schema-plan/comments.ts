/** Comments of tables and columns. */
import { fitsCatalogue } from '../../types/to-mysql/utf8mb3.ts';
import type { Report } from './finding.ts';
import { textLiteral } from './text-literal.ts';

/** Most characters of comments. */
export const maxTableComment = 2048;
export const maxColumnComment = 1024;

/** The comment as a literal, as the server can keep it; empty without one. */
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
  if (!fitsCatalogue(comment))
    report({
      severity: 'info',
      object,
      what: 'has a comment with characters beyond U+FFFF, each of which becomes a question mark',
      why: 'the server keeps comments in utf8mb3',
    });
  return textLiteral(
    characters
      .slice(0, limit)
      .map((one) => (fitsCatalogue(one) ? one : '?'))
      .join(''),
  );
}
