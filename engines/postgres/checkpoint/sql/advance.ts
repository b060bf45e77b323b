/**
 * Advances checkpoints and counters. A row is updated only if its offset and owner epoch still match. The transaction must
 * roll back if the result lacks a row (promise 2).
 */
import type pg from 'pg';
import type { Claim, Mark } from '../../../../pipeline/batch.ts';
import type { PartitionProgress } from '../../../contract.ts';
import { movingShare } from '../../../sink/moving-share.ts';
import { sourceTime } from './source-time.ts';

// Locks rows in (topic, partition) order, so that transactions with several partitions cannot deadlock (rule 14).
const update = `
  with moved as materialized (
    select c.topic, c.partition, p.to_offset, p.read, p.applied, p.superseded, p.filtered, p.parked, p.ms, p.hash,
           p.kept, p.gained, p.generation, p.streamed, p.snapshot_lsn, p.committed_ms, p.forget
    from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bytea[], $14::float8[], $15::float8[],
                $16::integer[], $17::boolean[], $18::bigint[], $19::bigint[], $20::boolean[])
      as p(topic, partition, epoch, from_offset, to_offset, read, applied, superseded, filtered, parked, ms, hash, kept,
           gained, generation, streamed, snapshot_lsn, committed_ms, forget)
    join sluice.checkpoint c
      on c.pipeline = $1 and c.topic = p.topic and c.partition = p.partition
     and c.owner_epoch = p.epoch and c.next_offset = p.from_offset
    order by c.topic, c.partition
    for update of c
  )
  update sluice.checkpoint c
  set next_offset = m.to_offset, read = c.read + m.read, applied = c.applied + m.applied,
      superseded = c.superseded + m.superseded, filtered = c.filtered + m.filtered, parked = c.parked + m.parked,
      last_timestamp = coalesce(${sourceTime('m.ms')}, c.last_timestamp),
      superseded_share = round((c.superseded_share * m.kept + m.gained)::numeric, 6),
      last_hash = case when not m.forget then coalesce(m.hash, c.last_hash) end, generation = coalesce(m.generation, c.generation),
      streamed = coalesce(m.streamed, c.streamed), snapshot_lsn = coalesce(m.snapshot_lsn, c.snapshot_lsn),
      source_committed_at = coalesce(${sourceTime('m.committed_ms')}, c.source_committed_at), committed_at = clock_timestamp()
  from moved m
  where c.pipeline = $1 and c.topic = m.topic and c.partition = m.partition
  returning c.topic, c.partition`;

const knownMark = (mark: PartitionProgress['mark']): Mark | null => (mark === 'unknown' ? null : mark);

/** Advances the checkpoints. Returns the claims that no longer hold. */
export async function advanceCheckpoints(
  client: pg.Client,
  pipeline: string,
  progress: readonly PartitionProgress[],
): Promise<readonly Claim[]> {
  const { rows } = await client.query<{ topic: string; partition: number }>(update, [
    pipeline,
    progress.map(({ claim }) => claim.topic),
    progress.map(({ claim }) => claim.partition),
    progress.map(({ claim }) => claim.epoch),
    progress.map(({ from }) => from),
    progress.map(({ to }) => to),
    progress.map(({ counts }) => counts.read),
    progress.map(({ counts }) => counts.applied),
    progress.map(({ counts }) => counts.superseded),
    progress.map(({ counts }) => counts.filtered),
    progress.map(({ counts }) => counts.parked),
    progress.map(({ mark }) => knownMark(mark)?.timestamp ?? null),
    progress.map(({ mark }) => knownMark(mark)?.hash ?? null),
    progress.map(({ counts }) => movingShare(counts).kept),
    progress.map(({ counts }) => movingShare(counts).gained),
    progress.map(({ reached }) => reached?.generation ?? null),
    progress.map(({ reached }) => reached?.streamed ?? null),
    progress.map(({ reached }) => reached?.snapshot ?? null),
    progress.map(({ reached }) => reached?.committed ?? null),
    progress.map(({ mark }) => mark === 'unknown'),
  ]);
  const moved = new Set(rows.map(({ topic, partition }) => `${topic}/${partition}`));
  return progress.map(({ claim }) => claim).filter(({ topic, partition }) => !moved.has(`${topic}/${partition}`));
}

/** Whether the database already holds this progress, because an earlier attempt has committed (rule 15). */
export async function isDurable(client: pg.Client, pipeline: string, progress: PartitionProgress): Promise<boolean> {
  const { claim, to } = progress;
  const { rows } = await client.query(
    `select 1 from sluice.checkpoint
     where pipeline = $1 and topic = $2 and partition = $3 and owner_epoch = $4 and next_offset = $5`,
    [pipeline, claim.topic, claim.partition, claim.epoch, to],
  );
  return rows.length === 1;
}
