/**
 * Splits a cell that holds several things: `Paris - France`, `USA/Canada`, `Korea (South)`. After a comma, bracket or dash, the next part
 * qualifies the one before it. After a slash, bar or a word like "or", the next part is an alternative.
 */

/** One part of a cell, and whether it is an alternative to the part before it instead of a qualification. */
export type Part = { readonly text: string; readonly alternative: boolean };

const separator =
  /\s*[,:>([\])}{·•、\n\t]+\s*|\s+[-–—=]+\s+|(\s*[/|;+\\]+\s*|\s*&\s*|\s+(?:and|or|und|oder|et|ou|y|e|o|en|och|og|и|или|i|lub|ve|veya)\s+)/u;

/** A cell with more parts is probably a postal address. */
const mostParts = 6;

/** Returns the first six parts of a text; a text without a separator is one part. */
export function partsOf(text: string): readonly Part[] {
  const pieces = text.split(separator);
  const parts: Part[] = [];
  for (let at = 0; at < pieces.length && parts.length < mostParts; at += 2) {
    const piece = (pieces[at] ?? '').trim();
    if (piece !== '') parts.push({ text: piece, alternative: parts.length > 0 && pieces[at - 1] !== undefined });
  }
  return parts;
}
