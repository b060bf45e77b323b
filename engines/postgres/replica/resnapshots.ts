/** Where the snapshots of a pipeline's tables stand, for what is settled once all has been read (rule 11). */
import type pg from 'pg';
import { parseTableName } from '../../../schemas/table-name.ts';
import { readRelations } from '../catalogue/read.ts';
import { isReplica } from '../schema/replica-bookkeeping.ts';
import { type TargetTable, targetTable } from './target-table.ts';

/** A replicated table and how far its topic has come. */
export type SnapshotState = {
  /** Its name in `sluice.target`. */
  readonly name: string;
  readonly topic: string;
  /** Above 0 where a snapshot was taken again. */
  readonly generation: number;
  /** Place in the log at which that one began, in decimal; null before the first. */
  readonly snapshot: string | null;
  /** Whether changes have been streamed since: then it has ended. */
  readonly streamed: boolean;
  /** Whether a partition that holds rows has none of that snapshot. */
  readonly lagging: boolean;
  readonly partitions: readonly { readonly partition: number; readonly nextOffset: string }[];
};

const query = `
  with newest as (
    select topic, max(generation) as generation from sluice.checkpoint where pipeline = $1 and read > 0 group by topic
  )
  select t.table_name as name, n.topic, n.generation,
    max(c.snapshot_lsn) filter (where c.generation = n.generation) as snapshot,
    bool_or(c.streamed and c.generation = n.generation) as streamed, bool_or(c.generation < n.generation) as lagging,
    json_agg(json_build_object('partition', c.partition, 'nextOffset', c.next_offset::text) order by c.partition) as partitions
  from newest n join sluice.target t on t.topic = n.topic
    join sluice.checkpoint c on c.pipeline = $1 and c.topic = n.topic and c.read > 0
  where t.order_by = 'lsn' and ${isReplica('t')} group by 1, 2, 3 order by 1`;

/** The tables that are ordered by the log of their source, in order. */
export async function readSnapshotStates(client: pg.Client, pipeline: string): Promise<readonly SnapshotState[]> {
  return (await client.query<SnapshotState>(query, [pipeline])).rows;
}

/** A table that may have rows which its source has not. */
export type Unsettled = {
  readonly table: string;
  /** How many a snapshot that was taken again did not have; null while they are not counted. */
  readonly rows: number | null;
};

/**
 * Tables of one connector have one snapshot, and topics that begin alike. A snapshot without any row of a table concerns it,
 * too, unless no snapshot ever read it: then it was added later.
 */
const unsettled = `
  with tables as (
    select t.table_name, t.topic, left(t.topic, -length(t.table_name)) as prefix, t.settled_lsn, t.unseen_rows,
      max(c.snapshot_lsn) filter (where c.generation > 0) as retaken
    from sluice.target t join sluice.checkpoint c on c.topic = t.topic and c.read > 0
    where c.pipeline = $1 and t.order_by = 'lsn' and ${isReplica('t')} group by 1, 2
    having bool_or(c.snapshot_lsn is not null)
  ), newest as (select *, max(retaken) over (partition by prefix) as newest from tables)
  select table_name as table, case when newest > coalesce(settled_lsn, 0) then null else unseen_rows end::float8 as rows
  from newest where newest > coalesce(settled_lsn, 0) or unseen_rows > 0 order by 1`;

/** Tables that a snapshot taken again may not have settled, in order. */
export async function readUnsettled(client: pg.Client, pipeline: string): Promise<readonly Unsettled[]> {
  return (await client.query<Unsettled>(unsettled, [pipeline])).rows;
}

/** Notes that rows of before a snapshot were deleted, or that so many were kept; `lsn` is where it began. */
export async function noteSettled(client: pg.Client, table: string, lsn: string | null, kept: number): Promise<void> {
  await client.query(
    'update sluice.target set settled_lsn = greatest(settled_lsn, $2::bigint), unseen_rows = $3 where table_name = $1',
    [table, lsn, kept],
  );
}

/** The table as it is in the target; undefined when it is gone. */
export async function findTarget(client: pg.Client, name: string): Promise<TargetTable | undefined> {
  const table = parseTableName(name);
  const found = table && (await readRelations(client, [table.schema])).find((one) => one.name === table.name);
  return found && targetTable(found, 0, 'lsn', () => undefined);
}

/** Removes every row of a table without a key, and answers how many; only counts them where they are kept. */
export async function emptyTable(client: pg.Client, { only }: TargetTable, what: 'keep' | 'delete'): Promise<number> {
  if (what === 'delete') return (await client.query(`delete from ${only}`)).rowCount ?? 0;
  const { rows } = await client.query<{ n: number }>(`select count(*)::integer as n from ${only}`);
  return rows[0]?.n ?? 0;
}
