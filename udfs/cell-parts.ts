/**
 * A cell that holds several things: `Paris - France`, `USA/Canada`, `Korea (South)`. A comma, a bracket or a dash puts a part beside the one
 * that it belongs to; a slash, a bar or a word like "or" puts things side by side.
 */

/** One part, and whether what stands before it is an alternative to it. */
export type Part = { readonly text: string; readonly alternative: boolean };

const separator =
  /\s*[,:>([\])}{·•、\n\t]+\s*|\s+[-–—=]+\s+|(\s*[/|;+\\]+\s*|\s*&\s*|\s+(?:and|or|und|oder|et|ou|y|e|o|en|och|og|и|или|i|lub|ve|veya)\s+)/u;

/** More parts than these are an address. */
const mostParts = 6;

/** The parts of a text, at most six; one where it has no separator. */
export function partsOf(text: string): readonly Part[] {
  const pieces = text.split(separator);
  const parts: Part[] = [];
  for (let at = 0; at < pieces.length && parts.length < mostParts; at += 2) {
    const piece = (pieces[at] ?? '').trim();
    if (piece !== '') parts.push({ text: piece, alternative: parts.length > 0 && pieces[at - 1] !== undefined });
  }
  return parts;
}
