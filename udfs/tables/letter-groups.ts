/** Groups of three letters in names, and the packing of their likelihoods. Shared by `build.ts` and `spelling.ts`. */

/** Step and minimum of a packed likelihood. */
const step = 0.2;
const least = -5;

/** Packs a natural logarithm into one character from `0` to `z`. */
export function packLikelihood(logarithm: number): string {
  return String.fromCharCode(48 + Math.max(0, Math.min(74, Math.round((logarithm - least) / step))));
}

/** The natural logarithm of a packed character. */
export function unpackLikelihood(code: number): number {
  return (code - 48) * step + least;
}

/** The groups of a folded name, including its ends. */
export function letterGroups(folded: string): string[] {
  const text = ` ${folded} `;
  const groups: string[] = [];
  for (let at = 0; at + 3 <= text.length; at += 1) groups.push(text.slice(at, at + 3));
  return groups;
}
