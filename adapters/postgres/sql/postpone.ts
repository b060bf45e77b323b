/** Notes that partitions wait for others, so that these do not take them for silent. */
import type pg from 'pg';
import type { Claim } from '../../../pipeline/batch.ts';

const update = `
  update sluice.checkpoint c set postponed_at = clock_timestamp()
  from unnest($2::text[], $3::integer[], $4::bigint[]) as w(topic, partition, epoch)
  where c.pipeline = $1 and c.topic = w.topic and c.partition = w.partition and c.owner_epoch = w.epoch`;

/** In a transaction of its own: that of the records was rolled back. */
export async function notePostponed(client: pg.Client, pipeline: string, claims: readonly Claim[]): Promise<void> {
  await client.query(update, [
    pipeline,
    claims.map(({ topic }) => topic),
    claims.map(({ partition }) => partition),
    claims.map(({ epoch }) => epoch),
  ]);
}
