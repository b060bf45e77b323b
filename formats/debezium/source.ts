/** Reads Debezium's `source` block: the origin of an event. */
import type { JsonReader } from '../json/reader.ts';
import type { Operation, Snapshot, SourcePosition } from './row-event.ts';

/** The fields that are read. */
export type Source = {
  schema: string | null;
  table: string | null;
  lsn: string | null;
  time: string | null;
  transaction: string | null;
  snapshot: Snapshot;
  /** The LSN of the previous commit and that of the event, as a text. */
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

/** The snapshot flag in any form. Null and unknown values mean a streamed event. */
export const snapshotOf = (flag: string | null): Snapshot =>
  flag !== null && snapshots.has(flag) ? (flag as Snapshot) : 'false';

const digits = /^\d{1,19}$/;

/** A 64-bit number in decimal; null when there is none. */
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

/** Reads the block; every field may be missing. */
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
 * The position of rule 11. Rows of a snapshot, incremental ones too, are below all streamed events. A change that was open while the
 * snapshot ran has a lower LSN than the snapshot, although it is newer.
 */
export function positionOf(operation: Operation, lsn: string | null, sequence: string | null): SourcePosition | null {
  // Rows of an incremental snapshot have no LSN of their own, only the position of the stream when they were read.
  const lsnOrStream = lsn ?? (operation === 'read' && sequence !== null ? eventLsnOf(sequence) : null);
  if (lsnOrStream === null) return null;
  if (operation === 'read') return { major: '0', minor: lsnOrStream };
  const commit = sequence === null ? null : commitLsnOf(sequence);
  return { major: commit === null ? '1' : String(BigInt(commit) + 1n), minor: lsnOrStream };
}

/** `["24023128","24023424"]`, or `[null,…]` before the first commit. */
function commitLsnOf(sequence: string): string | null {
  const end = sequence.indexOf('"', 2);
  return sequence.startsWith('["') && end > 2 ? wholeNumber(sequence.slice(2, end)) : null;
}

/** The second part of `["24023128","24023424"]`. */
function eventLsnOf(sequence: string): string | null {
  const start = sequence.lastIndexOf('"', sequence.length - 3);
  return sequence.endsWith('"]') && start > 0 ? wholeNumber(sequence.slice(start + 1, -2)) : null;
}
