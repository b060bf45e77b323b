/** Reads the progress of a pipeline, for `status`, `demo` and `--until-caught-up`. */
import type pg from 'pg';
import type { Checkpoint } from '../../bookkeeping.ts';

const query = `
  select topic, partition, next_offset, cluster_id, read, applied, superseded, filtered, parked, superseded_share, last_timestamp, committed_at,
         source_committed_at, extract(epoch from clock_timestamp() - committed_at)::float8 as commit_age
  from sluice.checkpoint where pipeline = $1 and ($2::text is null or topic = $2) order by topic, partition`;

/** The checkpoints of a pipeline, of one topic or of all; empty without the schema `sluice`. */
export async function readCheckpoints(client: pg.Client, pipeline: string, topic?: string): Promise<Checkpoint[]> {
  const { rows: found } = await client.query(`select to_regclass('sluice.checkpoint') is not null as there`);
  if (!found[0]?.there) return [];
  const { rows } = await client.query(query, [pipeline, topic ?? null]);
  return rows.map((row) => ({
    topic: row.topic,
    partition: row.partition,
    nextOffset: BigInt(row.next_offset),
    clusterId: row.cluster_id,
    counts: {
      read: Number(row.read),
      applied: Number(row.applied),
      superseded: Number(row.superseded),
      filtered: Number(row.filtered),
      parked: Number(row.parked),
    },
    supersededShare: row.superseded_share,
    lastTimestamp: row.last_timestamp,
    committedAt: row.committed_at,
    commitAge: row.commit_age,
    sourceCommittedAt: row.source_committed_at,
  }));
}
