/** Reads Debezium's envelope: `op`, `source`, the row before and the row after. */
import { Rejection } from '../../schemas/rejection.ts';
import type { JsonReader } from '../json/reader.ts';
import type { RowReader } from './read-row.ts';
import { type Decoded, type Operation, type Row, unchanged } from './row-event.ts';
import { positionOf, readSource, type Source } from './source.ts';

/** The readers for the rows of one schema. */
export type EnvelopeFormat = {
  readonly before: RowReader;
  readonly after: RowReader;
  /** Takes the placeholder for an ordinary value, for rows that carry every value. */
  readonly whole: RowReader;
};

/** Debezium's letters for them. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ['r', 'read'],
  ['c', 'create'],
  ['u', 'update'],
  ['d', 'delete'],
  ['t', 'truncate'],
]);

function readRow(json: JsonReader, reader: RowReader): Row | null | Rejection {
  const kind = json.kind();
  if (kind === 'null') return json.readNull();
  if (kind === 'tree') return reader(json);
  json.skipValue();
  return new Rejection('wrong_type', `expected a row, got a ${kind}`);
}

/**
 * Reads an envelope. Throws a JsonSyntaxError.
 * @param isMoved whether a create is the second half of a changed key.
 */
export function readEnvelope(
  json: JsonReader,
  format: EnvelopeFormat,
  key: Row | null,
  isMoved: () => boolean,
): Decoded {
  let before: Row | null | Rejection = null;
  let after: Row | null | Rejection = null;
  let afterAt = -1;
  let op: string | null = null;
  let source: Source | null = null;
  if (json.openObject()) {
    do {
      switch (json.readName()) {
        case 'before':
          before = readRow(json, format.before);
          break;
        case 'after':
          afterAt = json.at;
          after = readRow(json, format.after);
          break;
        case 'source':
          source = readSource(json);
          break;
        case 'op':
          if (json.kind() === 'string') op = json.readString();
          else json.skipValue();
          break;
        default:
          json.skipValue();
      }
    } while (json.nextMember());
  }
  if (op === 'm') return { kind: 'filtered', reason: 'logical message' };
  const operation = op === null ? undefined : operations.get(op);
  if (op === null) return new Rejection('missing_field', 'op: required, but missing', 'op');
  if (!operation)
    return new Rejection('unknown_operation', `op: '${op.slice(0, 40)}' is none of c, u, d, r, t, m`, 'op');
  if (before instanceof Rejection) return before;
  if (isRow(after) && after.cells.includes(unchanged) && isWhole(operation, isMoved)) {
    const end = json.at;
    json.back(afterAt);
    after = readRow(json, format.whole);
    json.at = end;
  }
  if (after instanceof Rejection) return after;
  return event(operation, source, { key, before, after });
}

const isRow = (row: Row | null | Rejection): row is Row => row !== null && !(row instanceof Rejection);

/** Whether the event carries every value of the row. Then a text that equals the placeholder is an ordinary value. */
export const isWhole = (operation: Operation, isMoved: () => boolean): boolean =>
  operation === 'read' || (operation === 'create' && !isMoved());

type Rows = { readonly key: Row | null; readonly before: Row | null; readonly after: Row | null };

function event(operation: Operation, source: Source | null, { key, before, after }: Rows): Decoded {
  if (source === null) return new Rejection('missing_field', 'source: required, but missing', 'source');
  if (source.schema === null || source.table === null) {
    return new Rejection('missing_field', 'source: the table and its schema are required', 'source');
  }
  if (after === null && operation !== 'delete' && operation !== 'truncate') {
    return new Rejection('missing_field', `after: required for a ${operation}, but missing`, 'after');
  }
  const position = positionOf(operation, source.lsn, source.sequence);
  // Only flattened events may lack it. Ordered by its offset, this one could not be compared with the others of its table.
  if (position === null) return new Rejection('no_position', 'source: the LSN is required, but missing', 'source');
  return {
    kind: 'row',
    operation,
    table: { schema: source.schema, name: source.table },
    key,
    movedFrom: null,
    before,
    after: operation === 'delete' || operation === 'truncate' ? null : after,
    position,
    sourceTime: source.time,
    snapshot: source.snapshot,
    transaction: source.transaction,
  };
}
