/**
 * What stands in `sluice.dead_letter` of a pipeline. A replay, another pipeline and a second copy in the topic park the
 * same record again; records with the same key and value bytes count as one.
 */
import type pg from 'pg';

/** Dead letters of one reason. */
export type DeadLetterReason = {
  readonly code: string;
  readonly field: string | null;
  /** Different records by the bytes of key and value. */
  readonly records: number;
  /** Rows of `sluice.dead_letter`: each time that the same record was parked at another offset. */
  readonly letters: number;
  readonly example: string;
};

/** Dead letters of one pipeline. */
export type DeadLetterSummary = {
  readonly records: number;
  readonly letters: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** The most frequent first, at most twenty. */
  readonly reasons: readonly DeadLetterReason[];
};

/** How much of what a partition brought last was parked. */
export type ParkedShare = {
  readonly topic: string;
  readonly partition: number;
  /** Dead letters among the last records. */
  readonly recent: number;
  /** Last records that were looked at. */
  readonly of: number;
  /** More than half of all that it ever read is a dead letter. */
  readonly most: boolean;
  /** When the partition last moved, in milliseconds since 1970; null before its first commit. */
  readonly committedAt: number | null;
};

/** Dead letters that are counted; hashing more would keep `status` waiting. */
const counted = 100_000;

const summary = `
  with letter as (
    select code, field, reason, sha256(key) as key, sha256(value) as value
    from (select * from sluice.dead_letter where pipeline = $1 limit $2) l
  )
  select code, field, min(reason) as example, count(*)::int as letters, count(distinct (key, value))::int as records,
    grouping(code) as total
  from letter group by grouping sets ((code, field), ()) order by letters desc, code, field`;

/** Reads it. There must be a schema. */
export async function readDeadLetters(client: pg.Client, pipeline: string): Promise<DeadLetterSummary> {
  const { rows } = await client.query(summary, [pipeline, counted]);
  const total = rows.find(({ total: all }) => all === 1);
  const reasons = rows.filter(({ total: all }) => all === 0).map(({ total: _, ...reason }) => reason);
  const letters = total?.letters ?? 0;
  return { records: total?.records ?? 0, letters, more: letters >= counted, reasons: reasons.slice(0, 20) };
}

/**
 * The last records of a topic are 1,000, of each partition its part of them and at least 100. Offsets may have gaps, such
 * as the marks of transactions, so what a partition parked in all is compared with all that it read, too.
 */
const shares = `
  select c.topic, c.partition, least(w.size, c.read, c.next_offset)::int as of,
    (select count(*) from sluice.dead_letter l
     where l.pipeline = c.pipeline and l.topic = c.topic and l.partition = c.partition
       and l."offset" >= c.next_offset - w.size and l."offset" < c.next_offset)::int as recent,
    coalesce(case when c.parked * 2 > c.read then
      (select count(*) from (select from sluice.dead_letter l where l.pipeline = c.pipeline and l.topic = c.topic
         and l.partition = c.partition limit c.read / 2 + 1) kept) * 2 > c.read end, false) as most,
    (extract(epoch from c.committed_at) * 1000)::float8 as "committedAt"
  from (select *, count(*) over (partition by topic) as partitions from sluice.checkpoint where pipeline = $1) c,
    lateral (select greatest(100, 1000 / c.partitions) as size) w`;

/** Reads how much each partition of a pipeline parked. There must be a schema. */
export async function readParkedShares(client: pg.Client, pipeline: string): Promise<ParkedShare[]> {
  return (await client.query<ParkedShare>(shares, [pipeline])).rows;
}
