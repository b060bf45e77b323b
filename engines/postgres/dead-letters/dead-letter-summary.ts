/**
 * Summaries of a pipeline's dead letters. A replay or a second copy in the topic parks the same record again, so records with
 * equal key and value bytes count as one.
 */
import type pg from 'pg';
import type { DeadLetterSummary, ParkedShare } from '../../bookkeeping.ts';

/** The largest number of dead letters to count: hashing more would delay `status`. */
const maxCounted = 100_000;

const summary = `
  with letter as (
    select code, field, reason, sha256(key) as key, sha256(value) as value
    from (select * from sluice.dead_letter where pipeline = $1 limit $2) l
  )
  select code, field, min(reason) as example, count(*)::int as offsets, count(distinct (key, value))::int as records,
    grouping(code) as total
  from letter group by grouping sets ((code, field), ()) order by offsets desc, code, field`;

/** Reads the summary. The schema `sluice` must exist. */
export async function readDeadLetters(client: pg.Client, pipeline: string): Promise<DeadLetterSummary> {
  const { rows } = await client.query(summary, [pipeline, maxCounted]);
  const total = rows.find(({ total: all }) => all === 1);
  const reasons = rows.filter(({ total: all }) => all === 0).map(({ total: _, ...reason }) => reason);
  const offsets = total?.offsets ?? 0;
  return { records: total?.records ?? 0, offsets, more: offsets >= maxCounted, reasons: reasons.slice(0, 20) };
}

/**
 * Checks the last 1,000 records of a topic, in equal parts for its partitions, but at least 100 of each. Offsets may have
 * gaps, for example for transaction markers. `most` therefore compares all parked records with all records read.
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

/** Reads the parked share of each partition of a pipeline. The schema `sluice` must exist. */
export async function readParkedShares(client: pg.Client, pipeline: string): Promise<ParkedShare[]> {
  return (await client.query<ParkedShare>(shares, [pipeline])).rows;
}
