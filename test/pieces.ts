/** Cuts texts into pieces, for tests of readers that must not depend on where pieces end. */

/** Pieces of these lengths, and the rest. */
export function inPieces(text: string, lengths: readonly number[]): string[] {
  let at = 0;
  const pieces = lengths.map((length) => {
    at += length;
    return text.slice(at - length, at);
  });
  return [...pieces, text.slice(at)];
}
