/**
 * Summaries of a pipeline's dead letters. A replay or a second copy in the topic parks the same record again, so records with
 * equal key and value bytes count as one. Sluice's tables must exist.
 */
import type { DeadLetterSummary, ParkedShare } from '../../bookkeeping.ts';
import type { Session } from '../connection/session.ts';
import { msOf } from '../times.ts';

/** The largest number of dead letters to count. */
const maxCounted = 100_000;

/** The most frequent reasons that are named. */
const maxReasons = 20;

/** Reads the summary. */
export async function readDeadLetters(session: Session, pipeline: string): Promise<DeadLetterSummary> {
  const letters = `(select * from ${session.own('dead_letter')} where pipeline = ? limit ${maxCounted}) letter`;
  const record = `sha2(concat_ws('/', hex(\`key\`), hex(value)), 256)`;
  const counts = `count(*) as offsets, count(distinct ${record}) as records`;
  const [total] = await session.rows<{ offsets: string; records: string }>(`select ${counts} from ${letters}`, [
    pipeline,
  ]);
  const reasons = await session.rows<{
    code: string;
    field: string | null;
    offsets: string;
    records: string;
    example: string;
  }>(
    `select code, field, ${counts}, min(reason) as example from ${letters} group by code, field
     order by offsets desc, code, field limit ${maxReasons}`,
    [pipeline],
  );
  const found = Number(total?.offsets ?? 0);
  return {
    records: Number(total?.records ?? 0),
    offsets: found,
    more: found >= maxCounted,
    reasons: reasons.map((one) => ({ ...one, offsets: Number(one.offsets), records: Number(one.records) })),
  };
}

/**
 * Reads the parked share of each partition: of the last 1,000 records of a topic, in equal parts for its partitions, but at least
 * 100 of each. Offsets may have gaps, for example for transaction markers. `most` therefore compares all parked records with all
 * records read.
 */
export async function readParkedShares(session: Session, pipeline: string): Promise<readonly ParkedShare[]> {
  const kept = `select count(*) from ${session.own('dead_letter')} l
    where l.pipeline = c.pipeline and l.topic = c.topic and l.\`partition\` = c.\`partition\``;
  const rows = await session.rows<{ readonly [column: string]: string | null }>(
    `select c.topic, c.\`partition\`, least(c.size, c.\`read\`, c.next_offset) as checked, c.committed_at,
       (${kept} and l.\`offset\` >= c.next_offset - c.size and l.\`offset\` < c.next_offset) as recent,
       case when c.parked * 2 > c.\`read\` then (${kept}) * 2 > c.\`read\` else 0 end as most
     from (select one.*, greatest(100, 1000 div count(*) over (partition by topic)) as size
           from ${session.own('checkpoint')} one where pipeline = ?) c
     order by 1, 2`,
    [pipeline],
  );
  return rows.map(({ topic, partition, checked, recent, most, committed_at: committed }) => ({
    topic: topic ?? '',
    partition: Number(partition),
    of: Number(checked),
    recent: Number(recent),
    most: most === '1',
    committedAt: committed === null || committed === undefined ? null : Number(msOf(committed)),
  }));
}
