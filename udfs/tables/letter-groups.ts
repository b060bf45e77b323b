/** Names cut into groups of three letters, and how likely a group is, on both sides: `build.ts` and `spelling.ts`. */

/** Steps in which a likelihood is kept, and the least one. */
const step = 0.2;
const least = -5;

/** A natural logarithm as one character from `0` to `z`. */
export function packLikelihood(logarithm: number): string {
  return String.fromCharCode(48 + Math.max(0, Math.min(74, Math.round((logarithm - least) / step))));
}

/** The natural logarithm that a character stands for. */
export function unpackLikelihood(code: number): number {
  return (code - 48) * step + least;
}

/** The groups of a folded name, its ends included. */
export function letterGroups(folded: string): string[] {
  const text = ` ${folded} `;
  const groups: string[] = [];
  for (let at = 0; at + 3 <= text.length; at += 1) groups.push(text.slice(at, at + 3));
  return groups;
}
