/** Values in the text format of PostgreSQL's COPY. */
import type { Cell } from '../../../schemas/table-shape.ts';

const backslash = 92;
const special = /[\\\t\n\r]/;
const escapes: { readonly [char: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
/** Longer texts are escaped as bytes, whose cost does not depend on the number of escapes. */
const maxReplaceLength = 4_096;
/** By byte, the letter after the backslash, or 0. All escaped characters are one byte in UTF-8. */
const letters = new Uint8Array(256);
for (const [char, [, letter]] of Object.entries(escapes)) letters[char.charCodeAt(0)] = letter?.charCodeAt(0) ?? 0;

function escaped(text: string): string {
  if (text.length <= maxReplaceLength) return text.replace(/[\\\t\n\r]/g, (char) => escapes[char] ?? char);
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.allocUnsafe(2 * bytes.length);
  let end = 0;
  for (const byte of bytes) {
    const letter = letters[byte] ?? 0;
    if (letter !== 0) {
      out[end] = backslash;
      end += 1;
    }
    out[end] = letter === 0 ? byte : letter;
    end += 1;
  }
  return out.toString('utf8', 0, end);
}

/** One value in COPY's text format. Backslashes are escaped, so that texts like `\N` and `\.` survive (rule 18). */
export function copyCell(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'boolean') return cell ? 't' : 'f';
  if (typeof cell !== 'string') return String(cell);
  return special.test(cell) ? escaped(cell) : cell;
}
