/** Where an event comes from: Debezium's `source` block. */
import type { JsonReader } from '../json/reader.ts';
import type { Operation, Snapshot, SourcePosition } from './row-event.ts';

/** What is read of it. */
export type Source = {
  schema: string | null;
  table: string | null;
  lsn: string | null;
  time: string | null;
  transaction: string | null;
  snapshot: Snapshot;
  /** LSN of the commit before, and that of the event, as a text. */
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

/** Reads the block; every part may be missing. */
export function readSource(json: JsonReader): Source {
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
        source.sequence = scalar(json);
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
  // Rows of an incremental snapshot tell no place of their own, only how far the stream was when they were read.
  const place = lsn ?? (operation === 'read' && sequence !== null ? eventIn(sequence) : null);
  if (place === null) return null;
  if (operation === 'read') return { major: '0', minor: place };
  const commit = sequence === null ? null : commitIn(sequence);
  return { major: commit === null ? '1' : String(BigInt(commit) + 1n), minor: place };
}

/** `["24023128","24023424"]`, or `[null,…]` before the first commit. */
function commitIn(sequence: string): string | null {
  const end = sequence.indexOf('"', 2);
  return sequence.startsWith('["') && end > 2 ? wholeNumber(sequence.slice(2, end)) : null;
}

/** The second part of `["24023128","24023424"]`. */
function eventIn(sequence: string): string | null {
  const start = sequence.lastIndexOf('"', sequence.length - 3);
  return sequence.endsWith('"]') && start > 0 ? wholeNumber(sequence.slice(start + 1, -2)) : null;
}
