/**
 * Stores that partitions wait for others, and at which position. The others then do not count them as idle, and do not wait
 * for changes after that position, which would be a deadlock.
 */
import type pg from 'pg';
import type { Claim } from '../../../../pipeline/batch.ts';
import type { Position } from '../../../../pipeline/change.ts';

const update = `
  update sluice.checkpoint c
  set postponed_at = clock_timestamp(), postponed_generation = w.generation, postponed_major = w.major, postponed_minor = w.minor
  from unnest($2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::bigint[], $7::bigint[])
    as w(topic, partition, epoch, generation, major, minor)
  where c.pipeline = $1 and c.topic = w.topic and c.partition = w.partition and c.owner_epoch = w.epoch`;

/** Stores the waiting partitions, outside of the rolled-back transaction of the records. */
export async function notePostponed(
  client: pg.Client,
  pipeline: string,
  waiting: ReadonlyMap<Claim, Position>,
): Promise<void> {
  const claims = [...waiting.keys()];
  const positions = [...waiting.values()];
  await client.query(update, [
    pipeline,
    claims.map(({ topic }) => topic),
    claims.map(({ partition }) => partition),
    claims.map(({ epoch }) => epoch),
    positions.map((one) => one.generation),
    positions.map((one) => one.major),
    positions.map((one) => one.minor),
  ]);
}
