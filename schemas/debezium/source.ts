/** Where an event comes from: Debezium's `source` block. */
import type { JsonReader } from './json.ts';
import type { Operation, Snapshot, SourcePosition } from './row-event.ts';

/** What is read of it. */
export type Source = {
  schema: string | null;
  table: string | null;
  lsn: string | null;
  time: string | null;
  transaction: string | null;
  snapshot: Snapshot;
  /** The text of `sequence`, if it was asked for. */
  sequence: string | null;
};

const emptySource = (): Source => ({
  schema: null,
  table: null,
  lsn: null,
  time: null,
  transaction: null,
  snapshot: 'false',
  sequence: null,
});

const snapshots: ReadonlySet<string> = new Set([
  'first',
  'first_in_data_collection',
  'true',
  'last',
  'last_in_data_collection',
  'incremental',
]);

/** The snapshot flag, whatever form it has: null and what is unknown are a streamed event's. */
export const snapshotOf = (flag: string | null): Snapshot =>
  flag !== null && snapshots.has(flag) ? (flag as Snapshot) : 'false';

const digits = /^\d{1,19}$/;

/** A number of 64 bits in decimal; null when there is none. */
export const wholeNumber = (text: string | null): string | null => (text !== null && digits.test(text) ? text : null);

function scalar(json: JsonReader): string | null {
  switch (json.kind()) {
    case 'string':
      return json.readString();
    case 'number':
      return json.readNumber();
    case 'boolean':
      return String(json.readBoolean());
    case 'null':
      return json.readNull();
    default:
      json.skipValue();
      return null;
  }
}

/**
 * Reads the block; every part may be missing.
 * @param withSequence whether `sequence` is needed: it is full of escapes, which cost more than all the rest.
 */
export function readSource(json: JsonReader, withSequence: boolean): Source {
  const source = emptySource();
  if (json.kind() === 'null') {
    json.readNull();
    return source;
  }
  if (!json.openObject()) return source;
  do {
    switch (json.readName()) {
      case 'schema':
        source.schema = scalar(json);
        break;
      case 'table':
        source.table = scalar(json);
        break;
      case 'lsn':
        source.lsn = wholeNumber(scalar(json));
        break;
      case 'ts_ms':
        source.time = wholeNumber(scalar(json));
        break;
      case 'txId':
        source.transaction = wholeNumber(scalar(json));
        break;
      case 'sequence':
        if (withSequence) source.sequence = scalar(json);
        else json.skipValue();
        break;
      case 'snapshot':
        source.snapshot = snapshotOf(scalar(json));
        break;
      default:
        json.skipValue();
    }
  } while (json.nextMember());
  return source;
}

/**
 * The position of rule 11. Rows read by a snapshot, incremental ones too, stand below all streamed events: a change that
 * was open while the snapshot ran has a lower LSN than the snapshot, and is newer.
 */
export function positionOf(operation: Operation, lsn: string | null, sequence: string | null): SourcePosition | null {
  if (lsn === null) return null;
  const major = operation === 'read' ? '0' : '1';
  const [, commit] = sequence === null ? [] : (/^\[(?:null|"(\d{1,19})"),/.exec(sequence) ?? []);
  return sequence === null ? { major, minor: lsn } : { major, minor: lsn, commit: commit ?? '0' };
}
