/** Lists and removes the pipelines of a server: all its databases share one database of Sluice. */
import { addCounts } from '../../../pipeline/batch.ts';
import type { PipelineSummary } from '../../bookkeeping.ts';
import { inTransaction } from '../connection/open-session.ts';
import type { Session } from '../connection/session.ts';
import { dateOf } from '../times.ts';

type TopicRow = { readonly pipeline: string; readonly topic: string; readonly [column: string]: string | null };

/** All pipelines by name. Sluice's tables must exist. */
export async function listPipelines(session: Session): Promise<readonly PipelineSummary[]> {
  const topics = await session.rows<TopicRow>(
    `select pipeline, topic, sum(\`read\`) as \`read\`, sum(applied) as applied, sum(superseded) as superseded,
       sum(filtered) as filtered, sum(parked) as parked, max(committed_at) as committed_at
     from ${session.own('checkpoint')} group by pipeline, topic order by pipeline, topic`,
  );
  const letters = await session.rows<{ pipeline: string; count: string }>(
    `select pipeline, count(*) as count from ${session.own('dead_letter')} group by pipeline`,
  );
  const deadLetters = new Map(letters.map(({ pipeline, count }) => [pipeline, Number(count)]));
  const names = [...new Set([...topics.map(({ pipeline }) => pipeline), ...deadLetters.keys()])].sort();
  return names.map((pipeline) => ({
    ...sumOf(topics.filter((one) => one.pipeline === pipeline)),
    pipeline,
    deadLetters: deadLetters.get(pipeline) ?? 0,
  }));
}

const none = { read: 0, applied: 0, superseded: 0, filtered: 0, parked: 0 };

function sumOf(rows: readonly TopicRow[]): Pick<PipelineSummary, 'topics' | 'counts' | 'committedAt'> {
  const counts = rows.map((row) => ({
    read: Number(row.read),
    applied: Number(row.applied),
    superseded: Number(row.superseded),
    filtered: Number(row.filtered),
    parked: Number(row.parked),
  }));
  // DATETIME texts sort by time.
  const newest = rows
    .flatMap((row) => row.committed_at ?? [])
    .sort()
    .at(-1);
  return {
    topics: rows.map(({ topic }) => topic),
    counts: counts.reduce(addCounts, none),
    committedAt: dateOf(newest ?? null),
  };
}

/** Removes a pipeline's checkpoints, and optionally its dead letters, in one transaction. Does not change tables. */
export const removePipeline = (session: Session, pipeline: string, withDeadLetters: boolean): Promise<void> =>
  inTransaction(session, async () => {
    await session.run(`delete from ${session.own('checkpoint')} where pipeline = ?`, [pipeline]);
    if (withDeadLetters) await session.run(`delete from ${session.own('dead_letter')} where pipeline = ?`, [pipeline]);
  });
