/** Reads the first dead letter of message keys: later events of their rows may depend on it (rule 10). */
import type pg from 'pg';
import type { FirstDeadLetter, MessageKey } from '../../../sink/replica/dependents.ts';

/** The first dead letter of each key that has one. */
export async function readFirstDeadLetters(
  client: pg.Client,
  pipeline: string,
  keys: readonly MessageKey[],
): Promise<readonly FirstDeadLetter[]> {
  const { rows } = await client.query<Omit<FirstDeadLetter, 'first'> & { first: string }>(
    `select l.topic, l.partition, l.key, min(l."offset") as first
     from (select distinct * from unnest($2::text[], $3::integer[], $4::bytea[]) as a(topic, partition, key)) a
     join sluice.dead_letter l on l.pipeline = $1 and l.topic = a.topic and l.partition = a.partition and l.key = a.key
     group by 1, 2, 3`,
    [pipeline, keys.map(({ topic }) => topic), keys.map(({ partition }) => partition), keys.map(({ key }) => key)],
  );
  return rows.map((row) => ({ ...row, first: BigInt(row.first) }));
}
