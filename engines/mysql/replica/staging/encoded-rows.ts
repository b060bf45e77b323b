/** The rows of a group in their staged form. A record with a value that its table cannot hold exactly is rejected. */
import type { Field } from '../../../../formats/debezium/connect-schema.ts';
import {
  type Cell,
  type Row,
  type RowEvent,
  type RowShape,
  unchanged,
} from '../../../../formats/debezium/row-event.ts';
import type { Batch } from '../../../../pipeline/batch.ts';
import type { RawRecord, Replicated } from '../../../../pipeline/change.ts';
import { Rejection } from '../../../../schemas/rejection.ts';
import { type SourceTable, tableName } from '../../../../schemas/table-name.ts';
import type { ByTable } from '../../../sink/replica/by-table.ts';
import { keyRow, type Layouts } from '../../../sink/replica/layouts.ts';
import type { LogicalType } from '../../../types/logical-type.ts';
import { type PolicyConfig, policiesOf } from '../../../types/policies.ts';
import type { Flavor } from '../../../types/to-mysql/cast.ts';
import { castOf, type Encode } from '../casts.ts';
import type { TargetTable } from '../tables/target-table.ts';

/** The staged text of each column of the table; `unchanged` where the event leaves it, undefined where its row lacks it. */
export type EncodedCells = readonly (string | null | typeof unchanged | undefined)[];

/** The rows of one record: the row or key that is searched, and the row that is written. */
export type EncodedRecord = { readonly old: EncodedCells | null; readonly row: EncodedCells | null };

/** Most bytes of a UTF-16 code unit in UTF-8. */
const maxUtf8Bytes = 3;

/** Bytes of a statement beside the cells of one row. */
const reservedBytes = 128 * 1024;

/** What the encoding depends on, besides the table. */
export type Encoding = {
  readonly flavor: Flavor;
  readonly policies: PolicyConfig;
  /** The type of a column in the source's catalogue; undefined if it is unknown. */
  readonly typeOf: (table: SourceTable, column: string) => LogicalType | undefined;
};

/** Encodes records, each once in an attempt to write its group. */
export class EncodedRows {
  readonly #layouts: Layouts<TargetTable>;
  readonly #encoding: Encoding;
  readonly #maxPacketBytes: number;
  readonly #casts = new WeakMap<TargetTable, WeakMap<RowShape, readonly (Encode | undefined)[]>>();
  #encoded = new Map<RawRecord, EncodedRecord | Rejection>();

  /** @param maxPacketBytes the longest statement of the server. */
  constructor(layouts: Layouts<TargetTable>, maxPacketBytes: number, encoding: Encoding) {
    this.#layouts = layouts;
    this.#maxPacketBytes = maxPacketBytes;
    this.#encoding = encoding;
  }

  /** Forgets the records of the last attempt. */
  clear(): void {
    this.#encoded = new Map();
  }

  /** Encodes the records of a group whose tables are known, and returns the rejections. */
  encode(group: readonly Batch<Replicated>[], tables: ByTable<TargetTable>): ReadonlyMap<RawRecord, Rejection> {
    const rejected = new Map<RawRecord, Rejection>();
    for (const { records } of group) {
      for (const { event, origin } of records) {
        const table = tables.find(event.table);
        if (!table || event.operation === 'truncate') continue;
        let encoded = this.#encoded.get(origin);
        if (!encoded) {
          encoded = this.#encodeEvent(table, event);
          this.#encoded.set(origin, encoded);
        }
        if (encoded instanceof Rejection) rejected.set(origin, encoded);
      }
    }
    return rejected;
  }

  /** The rows of a record that was encoded and not rejected. */
  of({ origin }: Replicated): EncodedRecord {
    const found = this.#encoded.get(origin);
    if (!found || found instanceof Rejection) throw new Error('a record was staged that was not encoded');
    return found;
  }

  #encodeEvent(table: TargetTable, event: RowEvent): EncodedRecord | Rejection {
    const { operation, before, after } = event;
    const hasKey = table.key.length > 0;
    const old = this.#encodeRow(
      table,
      hasKey ? (operation === 'delete' ? keyRow(event, table.key) : null) : before,
      hasKey,
    );
    if (old instanceof Rejection) return old;
    const row = this.#encodeRow(table, operation === 'delete' ? null : after, false);
    if (row instanceof Rejection) return row;
    return this.#tooLarge(table, old, row) ?? { old, row };
  }

  /** A row that no statement could carry, because half of its bytes may have to be escaped. */
  #tooLarge({ name }: TargetTable, old: EncodedCells | null, row: EncodedCells | null): Rejection | undefined {
    const limit = this.#maxPacketBytes / 2 - reservedBytes;
    if ((lengthOf(old) + lengthOf(row)) * maxUtf8Bytes <= limit) return undefined;
    const bytes = [...(old ?? []), ...(row ?? [])].reduce<number>(
      (sum, cell) => sum + (typeof cell === 'string' ? Buffer.byteLength(cell) : 0),
      0,
    );
    if (bytes <= limit) return undefined;
    const most = `max_allowed_packet of the server is ${this.#maxPacketBytes}`;
    return new Rejection(
      'too_long',
      `the row of ${name} takes ${bytes} bytes, and ${most}: set it to twice the row at least, and replay the dead letter`,
    );
  }

  #encodeRow(table: TargetTable, row: Row | null, onlyKey: boolean): EncodedCells | null | Rejection {
    if (row === null) return null;
    const { at } = this.#layouts.of(table, row.shape);
    const casts = this.#castsOf(table, row.shape, at);
    const cells: (string | null | typeof unchanged | undefined)[] = new Array(at.length);
    for (let index = 0; index < at.length; index += 1) {
      const place = at[index] ?? -1;
      const cell = place === -1 ? undefined : textOf(row.cells[place] ?? null);
      const isLeft = onlyKey && !table.key.includes(table.columns[index]?.name ?? '');
      if (cell === undefined || cell === null || cell === unchanged || isLeft) {
        cells[index] = isLeft ? null : cell;
        continue;
      }
      const encode = casts[index];
      const encoded = encode === undefined ? cell : encode(cell);
      if (encoded instanceof Rejection) return encoded;
      cells[index] = encoded;
    }
    return cells;
  }

  #sourceOf(table: TargetTable, column: string, field: Field | null) {
    const { flavor, policies, typeOf } = this.#encoding;
    const chosen = policiesOf(policies, `${tableName(table.at)}.${column}`);
    return { field, type: typeOf(table.at, column), flavor, policies: chosen };
  }

  #castsOf(table: TargetTable, shape: RowShape, at: readonly number[]): readonly (Encode | undefined)[] {
    let shapes = this.#casts.get(table);
    if (!shapes) {
      shapes = new WeakMap();
      this.#casts.set(table, shapes);
    }
    let casts = shapes.get(shape);
    if (!casts) {
      casts = at.map((place, index) => {
        const column = table.columns[index];
        return place === -1 || !column
          ? undefined
          : castOf(this.#sourceOf(table, column.name, shape.fields?.[place] ?? null), column);
      });
      shapes.set(shape, casts);
    }
    return casts;
  }
}

/** Characters of the texts of a row. */
function lengthOf(cells: EncodedCells | null): number {
  let characters = 0;
  for (const cell of cells ?? []) if (typeof cell === 'string') characters += cell.length;
  return characters;
}

/** A cell in PostgreSQL's text form. */
const textOf = (cell: Cell): Exclude<Cell, boolean> => (typeof cell === 'boolean' ? (cell ? 't' : 'f') : cell);
