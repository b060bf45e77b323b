/** Decodes the cells of a result: the server sends text, and bytes for columns of the character set `binary`. */
import type { FieldPacket } from 'mysql2/promise';
import type { SqlCell } from './session.ts';

/** Number of the character set `binary`, which the server also gives numbers and times. */
const binaryCharset = 63;

/** Types of the protocol whose bytes are no text in the character set `binary`: VARCHAR, BIT, BLOB, strings, geometry. */
const byteTypes: ReadonlySet<number> = new Set([15, 16, 249, 250, 251, 252, 253, 254, 255]);

const isBinary = ({ characterSet, columnType }: FieldPacket): boolean =>
  characterSet === binaryCharset && byteTypes.has(columnType ?? -1);

/** Returns a function that decodes the rows of a result with these columns. */
export function decodedBy(fields: readonly FieldPacket[]): (row: readonly (Buffer | null)[]) => readonly SqlCell[] {
  const binary = fields.map(isBinary);
  return (row) => row.map((cell, index) => (cell === null || binary[index] ? cell : cell.toString('utf8')));
}
