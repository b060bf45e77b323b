/** How far the other partitions of a topic are. */
import type pg from 'pg';
import type { LeadAnswer, LeadQuestion } from '../../../sink/replica/partition-lead.ts';

const query = `
  select count(*)::integer as others, coalesce(bool_or(
    not coalesce(source_committed_at > to_timestamp($4::bigint / 1000.0), false)
    and not coalesce((postponed_generation, postponed_major, postponed_minor, partition)
      > ($6::integer, $7::bigint, $8::bigint, $3::integer), false)
    and not coalesce(
      greatest(committed_at, postponed_at) < clock_timestamp() - $5::integer * interval '1 ms', $5::integer is not null)
  ), false) as behind
  from sluice.checkpoint where pipeline = $1 and topic = $2 and partition <> $3`;

/** Answers from the checkpoints. */
export async function askOtherPartitions(client: pg.Client, question: LeadQuestion): Promise<LeadAnswer> {
  const { pipeline, topic, partition, committed, position, idleMs } = question;
  const { generation, major, minor } = position;
  const { rows } = await client.query<LeadAnswer>(query, [
    ...[pipeline, topic, partition, committed, idleMs],
    ...[generation, major, minor],
  ]);
  return rows[0] ?? { others: 0, behind: false };
}
