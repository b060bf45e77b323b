/**
 * Takes partitions over by raising their owner epoch: from then on a former owner's transactions roll back.
 */
import type pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Claimed, ClaimRequest } from '../../../pipeline/ports.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { inTransaction } from '../connection.ts';

/** First start and later partitions begin at different offsets, so all rows of a topic are made by whoever comes first. */
const insert = `
  insert into sluice.checkpoint (pipeline, topic, partition, next_offset)
  select $1, $2, p.partition, case when known.started then p.later else p.first end
  from unnest($3::integer[], $4::bigint[], $5::bigint[]) as p(partition, first, later),
       (select exists (select from sluice.checkpoint where pipeline = $1 and topic = $2) as started) known
  on conflict do nothing`;

const raise = `
  with mine as materialized (
    select partition, cluster_id, partition_count from sluice.checkpoint
    where pipeline = $1 and topic = $2 and partition = any ($3::integer[])
    order by partition for update
  )
  update sluice.checkpoint c
  set owner_epoch = c.owner_epoch + 1, cluster_id = $4, partition_count = $5
  from mine
  where c.pipeline = $1 and c.topic = $2 and c.partition = mine.partition
  returning c.partition, c.owner_epoch, c.next_offset, c.last_hash, mine.cluster_id as former_cluster,
            mine.partition_count as former_count`;

type Row = {
  partition: number;
  owner_epoch: string;
  next_offset: string;
  last_hash: Buffer | null;
  former_cluster: string | null;
  former_count: number | null;
};

/** Claims the partitions in `mine`; checkpoint rows are made for all partitions of the topic. */
export async function claimPartitions(
  client: pg.Client,
  pipeline: string,
  request: ClaimRequest,
  orderBy: OrderBy,
): Promise<readonly Claimed[]> {
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
    const { rows } = await client.query<Row>(raise, [pipeline, topic, mine, clusterId, partitionCount]);
    for (const { former_cluster: cluster, former_count: count } of rows) {
      if (cluster !== null && cluster !== clusterId) throw anotherCluster(pipeline, topic);
      if (orderBy === 'offset' && count !== null && count !== partitionCount) {
        throw repartitioned(topic, count, partitionCount);
      }
    }
    return rows.map((row) => ({
      partition: row.partition,
      epoch: BigInt(row.owner_epoch),
      nextOffset: BigInt(row.next_offset),
      lastHash: row.last_hash,
    }));
  });
}

const anotherCluster = (pipeline: string, topic: string): PipelineError =>
  new PipelineError('lost_position', `the checkpoint of ${pipeline} on ${topic} belongs to another Kafka cluster`, {
    advice: 'Its offsets mean nothing here: use another --group-id, which starts anew and changes no newer row.',
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
