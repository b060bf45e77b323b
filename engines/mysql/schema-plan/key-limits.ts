/** How long texts without a limit may be where they are part of a key, so that the key fits into 3,072 bytes. */
import { type Measured, measuredColumn } from '../../types/measured.ts';
import type { TypedTable } from './column-types.ts';
import { keyBytes, maxKeyBytes } from './sql-type.ts';

/** The kinds of types that become shorter in a key. */
const flexible: ReadonlySet<string> = new Set(['text', 'bytes', 'bits', 'other']);

/** Room beyond the longest value: its double, and at least this. */
const leastLimit = 255;

const bytesOfCharacter = 4;
/** The bytes of a length. */
const lengthBytes = 2;

/**
 * The limits of columns in characters, or in bytes for types of bytes. A column whose longest value has no room has none: its
 * key cannot be carried as it is.
 */
export function keyLimits(typed: TypedTable, measured: Measured): ReadonlyMap<string, number> {
  const { table } = typed;
  const rooms = new Map<string, number>();
  for (const columns of wholeKeys(typed))
    for (const [column, room] of roomsIn(typed, columns)) rooms.set(column, Math.min(room, rooms.get(column) ?? room));
  const limits = new Map<string, number>();
  for (const [column, room] of rooms) {
    const longest = measuredColumn(measured, table, column).longest ?? 0;
    if (longest <= room) limits.set(column, Math.min(room, Math.max(leastLimit, 2 * longest)));
  }
  return limits;
}

/** The keys whose values count whole: primary, unique and foreign ones. */
function wholeKeys({ table }: TypedTable): readonly (readonly string[])[] {
  const unique = table.indexes.filter((index) => index.unique && index.parts.every(({ column }) => column !== null));
  return [
    ...[table.primaryKey, ...table.uniqueKeys, ...table.foreignKeys].flatMap((key) =>
      key === null ? [] : [key.columns],
    ),
    ...unique.map(({ parts }) => parts.flatMap(({ column }) => column ?? [])),
  ];
}

/** The room of each column without a limit: an equal share of what the others leave. */
function roomsIn({ columns }: TypedTable, key: readonly string[]): readonly (readonly [string, number])[] {
  const found = key.flatMap((name) => columns.get(name) ?? []);
  const isFlexible = (column: (typeof found)[number]) =>
    flexible.has(column.definition.type.kind) && (keyBytes(column.sqlType) ?? Number.POSITIVE_INFINITY) > maxKeyBytes;
  const open = found.filter(isFlexible);
  const taken = found
    .filter((column) => !isFlexible(column))
    .reduce((sum, { sqlType }) => sum + (keyBytes(sqlType) ?? maxKeyBytes), 0);
  const share = Math.floor((maxKeyBytes - taken) / Math.max(1, open.length)) - lengthBytes;
  return open.map(({ definition: { name, type } }) => [
    name,
    Math.max(0, type.kind === 'bytes' ? share : Math.floor(share / bytesOfCharacter)),
  ]);
}
