/**
 * Takes partitions over by raising their owner epoch: from then on a former owner's transactions roll back. Where the
 * position is lost and the source says where to go on, the checkpoint moves in the same transaction (rule 16).
 */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { Claimed, ClaimRequest, Reposition, StoredCheckpoint } from '../../../../pipeline/ports.ts';
import type { OrderBy } from '../../../../schemas/order-by.ts';
import { inTransaction } from '../../connection/connection.ts';

/** First start and later partitions begin at different offsets, so all rows of a topic are made by whoever comes first. */
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
 * A moved checkpoint forgets the last durable record, since the one before its new position is another; and how far it had
 * come at its source, which other partitions compare themselves with.
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
 * A letter is known by its offset. Where offsets begin anew, the letters of before make room by saying so in their
 * topic: else a record parked at the same offset would be taken for one that has its letter already.
 */
const setLettersApart = `
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

/** A checkpoint that was moved. */
export type Moved = { readonly found: StoredCheckpoint; readonly move: Reposition };

/** The claims in order of their partitions, and which of them go on elsewhere than before. */
export type ClaimAnswer = { readonly claimed: readonly Claimed[]; readonly moved: readonly Moved[] };

/** Claims the partitions in `mine`; checkpoint rows are made for all partitions of the topic. */
export async function claimPartitions(
  client: pg.Client,
  pipeline: string,
  request: ClaimRequest,
  orderBy: OrderBy,
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
      const move = await request.reposition?.(found);
      if (!move && found.clusterId !== null && found.clusterId !== clusterId) throw anotherCluster(pipeline, topic);
      if (orderBy === 'offset') requireSameOffsets(request, row, move);
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
    if (restarted.length > 0) await client.query(setLettersApart, [pipeline, topic, restarted]);
    return { claimed: raised.map(claimedIn).sort((a, b) => a.partition - b.partition), moved };
  });
}

const foundIn = ({ partition, next_offset, cluster_id }: FoundRow): StoredCheckpoint => ({
  partition,
  nextOffset: BigInt(next_offset),
  clusterId: cluster_id,
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

/** Where offsets order the rows, those to come must go on from those of before. */
function requireSameOffsets(
  { topic, partitionCount }: ClaimRequest,
  row: FoundRow,
  move: Reposition | undefined,
): void {
  if (move?.restarted) throw offsetsRestarted(topic, row.partition, move.why);
  const { partition_count: before } = row;
  if (before !== null && before !== partitionCount) throw repartitioned(topic, before, partitionCount);
}

const anotherCluster = (pipeline: string, topic: string): PipelineError =>
  new PipelineError('lost_position', `the checkpoint of ${pipeline} on ${topic} belongs to another Kafka cluster`, {
    advice:
      'Its offsets mean nothing here: use another --group-id, which starts anew and changes no newer row, ' +
      'or go on in this topic with --on-lost-position earliest or latest.',
  });

/** Rows written before have higher offsets than anything to come, so all of it would count as superseded. */
const offsetsRestarted = (topic: string, partition: number, why: string): PipelineError =>
  new PipelineError('lost_position', `${topic}, partition ${partition}: the position is lost: ${why}`, {
    advice:
      'With --order-by offset the rows written before would win over everything in the new log, so --on-lost-position ' +
      'cannot help: start with an empty database, or order by sequence or timestamp into one.',
  });

/** With more partitions a key moves to another one, where its offsets start anew: they order nothing any more (rule 9). */
const repartitioned = (topic: string, before: number, now: number): PipelineError =>
  new PipelineError(
    'repartitioned',
    `${topic} had ${before} partitions and has ${now}: offsets no longer order its events`,
    {
      advice: 'Order by sequence or timestamp into an empty database, or make the topic anew with the former number.',
    },
  );
