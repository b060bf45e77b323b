/** Stores parked records as dead letters, in statements of limited size. */
import { isUtf8 } from 'node:buffer';
import type { Batch } from '../../pipeline/batch.ts';
import type { Parked, RecordHeaders } from '../../pipeline/change.ts';
import { recordBytes } from '../../pipeline/record-bytes.ts';
import type { DeadLetterRow, DeadLetters } from '../contract.ts';

/**
 * Encodes headers as JSON without loss: a list of [name, value in hex or null]. A name that is not UTF-8 is written as
 * {"hex": …}. Returns null if there are no headers.
 */
export function encodeHeaders(headers: RecordHeaders | undefined): Buffer | null {
  const pairs = (headers?.list() ?? []).map(([name, value]) => [
    isUtf8(name) ? name.toString('utf8') : { hex: name.toString('hex') },
    value?.toString('hex') ?? null,
  ]);
  return pairs.length === 0 ? null : Buffer.from(JSON.stringify(pairs));
}

/** Record bytes per statement. PostgreSQL's driver sends them as hex text, and V8 limits strings to 512 MiB. */
const statementBytes = 16 * 2 ** 20;

/** Stores the parked records of a group, within the running transaction. */
export async function insertDeadLetters<S>(
  { insert }: DeadLetters<S>,
  session: S,
  pipeline: string,
  group: readonly Batch<unknown>[],
): Promise<void> {
  let rows: DeadLetterRow[] = [];
  let bytes = 0;
  for (const { claim, parked } of group) {
    for (const one of parked) {
      const size = recordBytes(one.record);
      if (rows.length > 0 && bytes + size > statementBytes) {
        await insert(session, pipeline, rows);
        rows = [];
        bytes = 0;
      }
      rows.push(rowOf(claim, one));
      bytes += size;
    }
  }
  if (rows.length > 0) await insert(session, pipeline, rows);
}

const rowOf = ({ topic, partition }: Batch<unknown>['claim'], { record, stage, rejection }: Parked): DeadLetterRow => ({
  topic,
  partition,
  offset: record.offset,
  stage,
  code: rejection.code,
  reason: rejection.message,
  field: rejection.field ?? null,
  key: record.key,
  value: record.value,
  headers: encodeHeaders(record.headers),
  timestamp: record.timestamp,
});
