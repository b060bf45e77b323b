/** How far the snapshots of a pipeline's tables are, and which tables are reconciled with their last one (rule 11). */
import type pg from 'pg';
import type { Unreconciled } from '../../../bookkeeping.ts';
import type { SnapshotState, TopicProgress } from '../../../sink/replica/snapshots.ts';
import { guardName } from '../../guards/guard-table.ts';
import { isReplica } from '../../schema/replica-bookkeeping.ts';

const statesQuery = `
  with newest as (
    select topic, max(generation) as generation from sluice.checkpoint where pipeline = $1 and read > 0 group by topic
  )
  select t.table_name as name, n.topic, n.generation, false as "isLoaded",
    max(c.snapshot_lsn) filter (where c.generation = n.generation) as snapshot,
    bool_or(c.streamed and c.generation = n.generation) as streamed, bool_or(c.generation < n.generation) as lagging,
    json_agg(json_build_object('partition', c.partition, 'nextOffset', c.next_offset::text) order by c.partition) as partitions
  from newest n join sluice.target t on t.topic = n.topic
    join sluice.checkpoint c on c.pipeline = $1 and c.topic = n.topic and c.read > 0
  where t.order_by = 'lsn' and ${isReplica('t')} group by 1, 2, 3 order by 1`;

/** The tables that are ordered by the LSN of their source, by name. */
export async function readSnapshotStates(client: pg.Client, pipeline: string): Promise<readonly SnapshotState[]> {
  return (await client.query<SnapshotState>(statesQuery, [pipeline])).rows;
}

/**
 * Tables of one connector share its snapshots, and their topics share a prefix. A snapshot concerns a table even if it had no
 * row of it. A table that no snapshot ever read was added later, and the snapshot does not concern it.
 */
const unreconciledQuery = `
  with tables as (
    select t.table_name, t.topic, left(t.topic, -length(t.table_name)) as prefix, t.reconciled_lsn, t.rows_not_in_snapshot,
      max(c.snapshot_lsn) filter (where c.generation > 0) as retaken
    from sluice.target t join sluice.checkpoint c on c.topic = t.topic and c.read > 0
    where c.pipeline = $1 and t.order_by = 'lsn' and ${isReplica('t')} group by 1, 2
    having bool_or(c.snapshot_lsn is not null) or t.rows_not_in_snapshot > 0
  ), newest as (select *, max(retaken) over (partition by prefix) as newest from tables)
  select table_name as table, case when newest > coalesce(reconciled_lsn, 0) then null else rows_not_in_snapshot end::float8 as rows
  from newest where newest > coalesce(reconciled_lsn, 0) or rows_not_in_snapshot > 0 order by 1`;

/** The tables that are not reconciled with a repeated snapshot, or that keep rows which it does not contain, by name. */
export async function readUnreconciled(client: pg.Client, pipeline: string): Promise<readonly Unreconciled[]> {
  const { rows } = await client.query<Omit<Unreconciled, 'hasKey'>>(unreconciledQuery, [pipeline]);
  if (rows.length === 0) return [];
  const guards = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'sluice'::regnamespace`,
  );
  const names = new Set(guards.rows.map(({ name }) => name));
  return rows.map((row) => ({ ...row, hasKey: names.has(guardName(row.table)) }));
}

/** Notes that a table is reconciled with the snapshot that began at `lsn`, and how many rows not in it were kept. */
export async function noteReconciled(
  client: pg.Client,
  table: string,
  lsn: string | null,
  keptRows: number,
): Promise<void> {
  await client.query(
    `update sluice.target set reconciled_lsn = greatest(reconciled_lsn, $2::bigint), rows_not_in_snapshot = $3
     where table_name = $1`,
    [table, lsn, keptRows],
  );
}

/** The LSN at which the last snapshot of a topic began, in decimal; null before the first. */
export async function readLastSnapshot(client: pg.Client, pipeline: string, topic: string): Promise<string | null> {
  const { rows } = await client.query<{ lsn: string | null }>(
    'select max(snapshot_lsn) as lsn from sluice.checkpoint where pipeline = $1 and topic = $2',
    [pipeline, topic],
  );
  return rows[0]?.lsn ?? null;
}

const progressQuery = `
  select bool_and(generation >= $2 and streamed) as past, max(snapshot_lsn)::text as lsn
  from sluice.checkpoint where topic = $1 and read > 0`;

/** Whether all partitions of a topic that have read a record were read past the snapshot of a generation. */
export async function readProgress(client: pg.Client, topic: string, generation: number): Promise<TopicProgress> {
  const { rows } = await client.query<{ past: boolean | null; lsn: string | null }>(progressQuery, [topic, generation]);
  const [{ past, lsn } = { past: null, lsn: null }] = rows;
  return { isPast: past === true, lsn };
}
