/** Parks records: few INSERTs for all letters of a transaction. */
import { isUtf8 } from 'node:buffer';
import type pg from 'pg';
import type { Claim } from '../../../../pipeline/batch.ts';
import type { Parked, RecordHeaders } from '../../../../pipeline/change.ts';
import { recordBytes } from '../../../../pipeline/record-bytes.ts';
import { sourceTime } from '../../checkpoint/sql/source-time.ts';

/** A letter and the partition it came from. */
export type DeadLetter = Parked & { readonly claim: Claim };

/** PostgreSQL takes neither NUL nor half a surrogate pair; a reason quotes what it complains about (rule 20). */
const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\\0');

/**
 * Headers as JSON, so that any bytes survive: a list of [name, value in hex or null]. A name that is not UTF-8 stands as
 * {"hex": …}. Null when there are no headers.
 */
export function encodeHeaders(headers: RecordHeaders | undefined): Buffer | null {
  const pairs = (headers?.list() ?? []).map(([name, value]) => [
    isUtf8(name) ? name.toString('utf8') : { hex: name.toString('hex') },
    value?.toString('hex') ?? null,
  ]);
  return pairs.length === 0 ? null : Buffer.from(JSON.stringify(pairs));
}

const insert = `
  insert into sluice.dead_letter
    (pipeline, topic, partition, "offset", stage, code, reason, field, key, value, headers, source_time)
  select distinct on (l.topic, l.partition, l."offset") $1, l.topic, l.partition, l."offset", l.stage, l.code, l.reason, l.field, l.key, l.value, l.headers,
         ${sourceTime('l.source_ms')}
  from unnest($2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::bytea[], $10::bytea[], $11::bytea[], $12::bigint[])
    as l(topic, partition, "offset", stage, code, reason, field, key, value, headers, source_ms)
  on conflict on constraint dead_letter_origin do update
    set stage = excluded.stage, code = excluded.code, reason = excluded.reason, field = excluded.field, parked_at = now()`;

/**
 * Writes the letters within the running transaction. A record that is read again and refused again keeps its letter, which
 * then says why and when it was refused last.
 */
export async function insertDeadLetters(
  client: pg.Client,
  pipeline: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  for (const some of inParts(letters)) await insertSome(client, pipeline, some);
}

/** Bytes of records in one statement. They go over as text of twice the length, and a text must not pass 512 MiB. */
const partBytes = 16 * 2 ** 20;

/** Letters in runs of at most `partBytes`; a larger one goes alone. */
function* inParts(letters: readonly DeadLetter[]): Generator<readonly DeadLetter[]> {
  let part: DeadLetter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const size = recordBytes(letter.record);
    if (part.length > 0 && bytes + size > partBytes) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(letter);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

async function insertSome(client: pg.Client, pipeline: string, letters: readonly DeadLetter[]): Promise<void> {
  await client.query(insert, [
    pipeline,
    letters.map(({ claim }) => claim.topic),
    letters.map(({ claim }) => claim.partition),
    letters.map(({ record }) => record.offset),
    letters.map(({ stage }) => stage),
    letters.map(({ rejection }) => rejection.code),
    letters.map(({ rejection }) => clean(rejection.message)),
    letters.map(({ rejection }) => rejection.field ?? null),
    letters.map(({ record }) => record.key),
    letters.map(({ record }) => record.value),
    letters.map(({ record }) => encodeHeaders(record.headers)),
    letters.map(({ record }) => record.timestamp),
  ]);
}
