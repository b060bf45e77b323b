/** Stores dead letters, many with one INSERT. */
import type pg from 'pg';
import type { DeadLetterRow } from '../../../contract.ts';
import { sourceTime } from '../../checkpoint/sql/source-time.ts';

/** PostgreSQL refuses NUL and half a surrogate pair, and a reason may quote such a value (rule 20). */
const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\\0');

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

/** Implements `DeadLetters.insert` within the running transaction. */
export async function insertDeadLetters(
  client: pg.Client,
  pipeline: string,
  rows: readonly DeadLetterRow[],
): Promise<void> {
  await client.query(insert, [
    pipeline,
    rows.map(({ topic }) => topic),
    rows.map(({ partition }) => partition),
    rows.map(({ offset }) => offset),
    rows.map(({ stage }) => stage),
    rows.map(({ code }) => code),
    rows.map(({ reason }) => clean(reason)),
    rows.map(({ field }) => field),
    rows.map(({ key }) => key),
    rows.map(({ value }) => value),
    rows.map(({ headers }) => headers),
    rows.map(({ timestamp }) => timestamp),
  ]);
}
