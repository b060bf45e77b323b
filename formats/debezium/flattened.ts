/**
 * Flattened events, made by `ExtractNewRecordState`: the row itself, with the configured metadata in fields that start with two
 * underscores. Metadata that is not configured is unknown.
 */
import { Rejection } from '../../schemas/rejection.ts';
import type { JsonReader } from '../json/reader.ts';
import { isWhole, operations } from './envelope.ts';
import type { RowReader } from './read-row.ts';
import { type Decoded, type Operation, type Row, type RowShape, unchanged } from './row-event.ts';
import { positionOf, snapshotOf, wholeNumber } from './source.ts';

/** The readers for the rows of one schema; `whole` takes the placeholder for an ordinary value. */
export type FlattenedFormat = { readonly row: RowReader; readonly whole: RowReader };

const metadata =
  /^__(?:deleted|op|(?:source_)?(?:table|schema|db|name|version|connector|lsn|xmin|txId|sequence|snapshot|ts_(?:ms|us|ns)|origin|origin_lsn)|transaction_(?:id|total_order|data_collection_order))$/;

/** Whether the field is metadata instead of a column. */
export const isMetadata = (name: string): boolean => metadata.test(name);

type Split = { readonly of: RowShape; readonly shape: RowShape; readonly columns: readonly number[] };

/** A row without its metadata. */
function split(row: Row, known: Split | null): { readonly split: Split; readonly row: Row } {
  const used = known?.of === row.shape ? known : splitOf(row.shape);
  return { split: used, row: { shape: used.shape, cells: used.columns.map((i) => row.cells[i] ?? null) } };
}

function splitOf(shape: RowShape): Split {
  const columns = shape.columns.flatMap((name, i) => (isMetadata(name) ? [] : [i]));
  return {
    of: shape,
    columns,
    shape: {
      columns: columns.map((i) => shape.columns[i] ?? ''),
      fields: shape.fields === null ? null : columns.flatMap((i) => shape.fields?.[i] ?? []),
      unclearNulls: columns.flatMap((i, at) => (shape.unclearNulls.includes(i) ? [at] : [])),
    },
  };
}

/** Reads flattened events of one schema, as `readEnvelope` does. Throws a JsonSyntaxError. */
export function flattenedReader(
  format: FlattenedFormat,
): (json: JsonReader, key: Row | null, isMoved: () => boolean) => Decoded {
  let known: Split | null = null;
  return (json, key, isMoved) => {
    const start = json.at;
    let all = format.row(json);
    if (all instanceof Rejection) return all;
    const op = operationOf(all);
    if (op instanceof Rejection) return op;
    if (op.certain && all.cells.includes(unchanged) && isWhole(op.operation, isMoved)) {
      json.back(start);
      all = format.whole(json);
      if (all instanceof Rejection) return all;
    }
    const parts = split(all, known);
    known = parts.split;
    return event(all, parts.row, key, op);
  };
}

/** The text of the first of these metadata fields that exists. */
function text(row: Row, ...names: readonly string[]): string | null {
  for (const name of names) {
    const cell = row.cells[row.shape.columns.indexOf(name)];
    if (typeof cell === 'string') return cell;
    if (typeof cell === 'boolean') return String(cell);
  }
  return null;
}

type RowOperation = { readonly operation: Operation; readonly certain: boolean };

/** Without `__op` every row that is not deleted is taken as an update, which writes it whether it exists or not. */
function operationOf(row: Row): RowOperation | Rejection {
  const op = text(row, '__op');
  const deleted = text(row, '__deleted') === 'true';
  if (op === null) return { operation: deleted ? 'delete' : 'update', certain: false };
  const operation = operations.get(op);
  if (!operation)
    return new Rejection('unknown_operation', `__op: '${op.slice(0, 40)}' is none of c, u, d, r, t`, '__op');
  return { operation: deleted ? 'delete' : operation, certain: true };
}

function event(all: Row, row: Row, key: Row | null, { operation, certain }: RowOperation): Decoded {
  const schema = text(all, '__source_schema', '__schema');
  const table = text(all, '__source_table', '__table');
  const flag = text(all, '__source_snapshot', '__snapshot');
  const lsn = wholeNumber(text(all, '__source_lsn', '__lsn'));
  const snapshot = snapshotOf(flag);
  const read = operation === 'read' || (!certain && snapshot !== 'false');
  return {
    kind: 'row',
    operation: read ? 'read' : operation,
    table: schema === null || table === null ? null : { schema, name: table },
    key,
    movedFrom: null,
    before: operation === 'delete' ? row : null,
    after: operation === 'delete' || operation === 'truncate' ? null : row,
    // Without the operation or the flag, a row of a snapshot cannot be distinguished from a later change of it.
    position:
      certain || flag !== null
        ? positionOf(read ? 'read' : operation, lsn, text(all, '__source_sequence', '__sequence'))
        : null,
    sourceTime: wholeNumber(text(all, '__source_ts_ms', '__ts_ms')),
    snapshot: read && snapshot === 'false' ? 'true' : snapshot,
    transaction: wholeNumber(text(all, '__source_txId', '__txId')),
  };
}
