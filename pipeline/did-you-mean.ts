/** Suggests the known name that a misspelt one is nearest to. */

/** `, did you mean 'first_name'?` when one of the names is near, else nothing. */
export function didYouMean(word: string, names: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const wanted = plain(word);
  let best: string | undefined;
  // A third of the letters may be wrong: farther away every short name resembles another.
  let least = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  for (const name of names) {
    const distance = distanceOf(wanted, plain(name));
    if (distance < least) [best, least] = [name, distance];
  }
  return best === undefined ? '' : `, did you mean '${best}'?`;
}

/** Letters to insert, leave out, replace or swap with their neighbour until both words are equal (Damerau and Levenshtein). */
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
