/** Sizes of the target's types: limits of keys and rows are counted in bytes. */

/** Most bytes of a key in InnoDB. */
export const maxKeyBytes = 3072;

/** Most bytes of a row, without texts and blobs that are stored beside it. */
export const maxRowBytes = 65_535;

const fixed: ReadonlyMap<string, number> = new Map([
  ['tinyint', 1],
  ['smallint', 2],
  ['mediumint', 3],
  ['int', 4],
  ['bigint', 8],
  ['float', 4],
  ['double', 8],
  ['date', 3],
  ['time', 6],
  ['datetime', 8],
  ['uuid', 16],
  ['enum', 2],
  ['bit', 8],
]);

/** Texts and blobs, of which a row holds a pointer and a length. */
const besideRow: ReadonlySet<string> = new Set(['text', 'longtext', 'longblob', 'json']);
const pointerBytes = 12;

const bytesOfCharacter = (sqlType: string): number => (sqlType.includes('character set ascii') ? 1 : 4);

/** Its first word, its first number, and its second one. */
export function partsOf(sqlType: string): { readonly word: string; readonly size: number; readonly scale: number } {
  const [, word = '', size = '0', scale = '0'] = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?/.exec(sqlType) ?? [];
  return { word, size: Number(size), scale: Number(scale) };
}

/** Most bytes of a value in a row. */
export function rowBytes(sqlType: string): number {
  const { word } = partsOf(sqlType);
  return besideRow.has(word) ? pointerBytes : (valueBytes(sqlType) ?? 0);
}

/** Most bytes of a value in a key; undefined for types that are only indexed by a prefix. */
export function keyBytes(sqlType: string): number | undefined {
  return besideRow.has(partsOf(sqlType).word) ? undefined : valueBytes(sqlType);
}

function valueBytes(sqlType: string): number | undefined {
  const { word, size } = partsOf(sqlType);
  switch (word) {
    case 'varchar':
      return size * bytesOfCharacter(sqlType) + 2;
    case 'char':
      return size * bytesOfCharacter(sqlType);
    case 'varbinary':
      return size + 2;
    case 'binary':
      return size;
    case 'decimal':
      // Nine digits in four bytes, on both sides of the point.
      return Math.ceil(size / 9) * 4 + 4;
    default:
      return fixed.get(word);
  }
}

/** Whether it is a text in utf8mb4 whose key may be a prefix. */
export const isText = (sqlType: string): boolean =>
  ['varchar', 'char', 'text', 'longtext'].includes(partsOf(sqlType).word);
