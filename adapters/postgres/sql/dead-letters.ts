/** Parks records: one INSERT for all letters of a transaction. */
import type pg from 'pg';
import type { Claim } from '../../../pipeline/batch.ts';
import type { Parked, RecordHeaders } from '../../../pipeline/change.ts';
import { sourceTime } from './source-time.ts';

/** A letter and the partition it came from. */
export type Letter = Parked & { readonly claim: Claim };

/** PostgreSQL takes neither NUL nor half a surrogate pair; a reason quotes what it complains about (rule 20). */
const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\\0');

/** Headers as JSON of [name, hex] pairs, so that any bytes survive. Null when there are none. */
export function encodeHeaders(headers: RecordHeaders | undefined): Buffer | null {
  const pairs = Object.entries(headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => [name, Buffer.from(value ?? '').toString('hex')]),
  );
  return pairs.length === 0 ? null : Buffer.from(JSON.stringify(pairs));
}

const insert = `
  insert into sluice.dead_letter
    (pipeline, topic, partition, "offset", stage, code, reason, field, key, value, headers, source_time)
  select $1, l.topic, l.partition, l."offset", l.stage, l.code, l.reason, l.field, l.key, l.value, l.headers,
         ${sourceTime('l.source_ms')}
  from unnest($2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::bytea[], $10::bytea[], $11::bytea[], $12::bigint[])
    as l(topic, partition, "offset", stage, code, reason, field, key, value, headers, source_ms)
  on conflict on constraint dead_letter_origin do nothing`;

/** Writes the letters within the running transaction. A letter that is there already stays as it is. */
export async function insertDeadLetters(
  client: pg.Client,
  pipeline: string,
  letters: readonly Letter[],
): Promise<void> {
  if (letters.length === 0) return;
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
