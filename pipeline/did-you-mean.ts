/** Suggests the known name closest to a misspelt one. */

/** Returns `, did you mean 'first_name'?` for the closest name; an empty text if no name is close. */
export function didYouMean(word: string, names: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const wanted = plain(word);
  let best: string | undefined;
  // A third of the letters may differ: with more, every short name resembles another.
  let limit = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  for (const name of names) {
    const distance = distanceOf(wanted, plain(name));
    if (distance < limit) [best, limit] = [name, distance];
  }
  return best === undefined ? '' : `, did you mean '${best}'?`;
}

/** Returns the Damerau-Levenshtein distance: insertions, deletions, substitutions and swaps of neighbouring letters. */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
