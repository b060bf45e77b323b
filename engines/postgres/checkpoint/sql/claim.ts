/**
 * Takes partitions over by raising their owner epoch: from then on a former owner's transactions roll back. If a position is
 * lost and the source names another, the checkpoint moves in the same transaction (rule 16).
 */
import type pg from 'pg';
import type { Claimed, ClaimRequest, Reposition } from '../../../../pipeline/ports.ts';
import type { ClaimAnswer, FoundCheckpoint, Moved } from '../../../contract.ts';
import { inTransaction } from '../../connection/connection.ts';

/** The first claim inserts the rows of all partitions of a topic. Partitions added later start at another offset. */
const insert = `
  insert into sluice.checkpoint (pipeline, topic, partition, next_offset)
  select $1, $2, p.partition, case when known.started then p.later else p.first end
  from unnest($3::integer[], $4::bigint[], $5::bigint[]) as p(partition, first, later),
       (select exists (select from sluice.checkpoint where pipeline = $1 and topic = $2) as started) known
  on conflict do nothing`;

const lock = `
  select partition, next_offset, cluster_id, partition_count from sluice.checkpoint
  where pipeline = $1 and topic = $2 and partition = any ($3::integer[])
  order by partition for update`;

/**
 * A moved checkpoint forgets the last durable record, because another record precedes its new position. It also forgets its
 * progress at the source, which other partitions compare with theirs.
 */
const raise = `
  update sluice.checkpoint c
  set owner_epoch = c.owner_epoch + 1, cluster_id = $4, partition_count = $5,
      next_offset = coalesce(m.to_offset, c.next_offset),
      last_hash = case when m.to_offset is null then c.last_hash end,
      source_committed_at = case when m.to_offset is null then c.source_committed_at end,
      postponed_at = case when m.to_offset is null then c.postponed_at end,
      postponed_generation = case when m.to_offset is null then c.postponed_generation end,
      postponed_major = case when m.to_offset is null then c.postponed_major end,
      postponed_minor = case when m.to_offset is null then c.postponed_minor end
  from unnest($3::integer[], $6::bigint[]) as m(partition, to_offset)
  where c.pipeline = $1 and c.topic = $2 and c.partition = m.partition
  returning c.partition, c.owner_epoch, c.next_offset, c.last_hash, c.generation, c.streamed, c.snapshot_lsn,
    (extract(epoch from c.source_committed_at) * 1000)::bigint as committed`;

/**
 * The offset identifies a dead letter. If offsets restart, this renames the topic of older dead letters. Otherwise a record
 * parked at the same offset would overwrite an older dead letter.
 */
const renameOldDeadLetters = `
  update sluice.dead_letter l set topic = l.topic || ' (before epoch ' || c.owner_epoch || ')'
  from sluice.checkpoint c
  where c.pipeline = $1 and c.topic = $2 and c.partition = any ($3::integer[])
    and l.pipeline = c.pipeline and l.topic = c.topic and l.partition = c.partition`;

type FoundRow = {
  partition: number;
  next_offset: string;
  cluster_id: string | null;
  partition_count: number | null;
};

type RaisedRow = {
  partition: number;
  owner_epoch: string;
  next_offset: string;
  last_hash: Buffer | null;
  generation: number;
  streamed: boolean;
  snapshot_lsn: string | null;
  committed: string | null;
};

/** Claims the partitions in `mine`. Inserts checkpoint rows for all partitions of the topic. */
export async function claimPartitions(
  client: pg.Client,
  pipeline: string,
  request: ClaimRequest,
  decide: (found: FoundCheckpoint) => Promise<Reposition | undefined>,
): Promise<ClaimAnswer> {
  const { topic, clusterId, partitions, partitionCount, mine } = request;
  return await inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`sluice ${pipeline} ${topic}`]);
    await client.query(insert, [
      pipeline,
      topic,
      partitions.map(({ partition }) => partition),
      partitions.map(({ first }) => first),
      partitions.map(({ later }) => later),
    ]);
    const { rows: locked } = await client.query<FoundRow>(lock, [pipeline, topic, mine]);
    const moved: Moved[] = [];
    for (const row of locked) {
      const found = foundIn(row);
      const move = await decide(found);
      if (move) moved.push({ found, move });
    }
    const targets = new Map(moved.map(({ found, move }) => [found.partition, move.to]));
    const { rows: raised } = await client.query<RaisedRow>(raise, [
      pipeline,
      topic,
      locked.map(({ partition }) => partition),
      clusterId,
      partitionCount,
      locked.map(({ partition }) => targets.get(partition) ?? null),
    ]);
    const restarted = moved.filter(({ move }) => move.restarted).map(({ found }) => found.partition);
    if (restarted.length > 0) await client.query(renameOldDeadLetters, [pipeline, topic, restarted]);
    return { claimed: raised.map(claimedIn).sort((a, b) => a.partition - b.partition), moved };
  });
}

const foundIn = ({ partition, next_offset, cluster_id, partition_count }: FoundRow): FoundCheckpoint => ({
  partition,
  nextOffset: BigInt(next_offset),
  clusterId: cluster_id,
  partitionCount: partition_count,
});

const claimedIn = (row: RaisedRow): Claimed => ({
  partition: row.partition,
  epoch: BigInt(row.owner_epoch),
  nextOffset: BigInt(row.next_offset),
  lastHash: row.last_hash,
  reached: {
    generation: row.generation,
    streamed: row.streamed,
    snapshot: row.snapshot_lsn,
    committed: row.committed,
  },
});
