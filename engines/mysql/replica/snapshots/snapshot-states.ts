/** How far the snapshots of a pipeline's tables are, and which tables are reconciled with their last one (rule 11). */
import { tableName } from '../../../../schemas/table-name.ts';
import type { Unreconciled } from '../../../bookkeeping.ts';
import type { SnapshotState, TopicProgress } from '../../../sink/replica/snapshots.ts';
import type { Session } from '../../connection/session.ts';
import { guardName } from '../tables/own-tables.ts';

type StateRow = {
  readonly [column in 'name' | 'topic' | 'partition' | 'next' | 'generation' | 'streamed']: string;
} & { readonly snapshot: string | null };

/** The names of the tables that a load has written. */
async function readLoaded(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.rows<{ schema: string; name: string }>(
    `select distinct table_schema as \`schema\`, table_name as name from ${session.own('load_chunk')}`,
  );
  return new Set(rows.map(tableName));
}

/** The tables that are ordered by the LSN of their source, by name. */
export async function readSnapshotStates(session: Session, pipeline: string): Promise<readonly SnapshotState[]> {
  const rows = await session.rows<StateRow>(
    `select t.table_name as name, c.topic, c.\`partition\`, c.next_offset as next, c.generation, c.streamed, c.snapshot_lsn as snapshot
     from ${session.own('checkpoint')} c join ${session.own('target')} t on t.topic = c.topic
     where c.pipeline = ? and c.\`read\` > 0 and t.order_by = 'lsn' order by t.table_name, c.\`partition\``,
    [pipeline],
  );
  const loaded = await readLoaded(session);
  const byName = new Map<string, StateRow[]>();
  for (const row of rows) byName.set(row.name, [...(byName.get(row.name) ?? []), row]);
  return [...byName].map(([name, own]) => ({ ...progressOf(own), name, isLoaded: loaded.has(name) }));
}

/** How far the topic of a table was read, from its checkpoints. */
function progressOf(rows: readonly StateRow[]): Omit<SnapshotState, 'name' | 'isLoaded'> {
  const [{ topic } = { topic: '' }] = rows;
  const newest = Math.max(...rows.map(({ generation }) => Number(generation)));
  const current = rows.filter(({ generation }) => Number(generation) === newest);
  const snapshot = current.reduce<bigint | null>((max, one) => {
    const lsn = one.snapshot === null ? null : BigInt(one.snapshot);
    return lsn !== null && (max === null || lsn > max) ? lsn : max;
  }, null);
  return {
    ...{ topic, generation: newest },
    snapshot: snapshot?.toString() ?? null,
    streamed: current.some(({ streamed }) => streamed === '1'),
    lagging: current.length < rows.length,
    partitions: rows.map(({ partition, next }) => ({ partition: Number(partition), nextOffset: next })),
  };
}

/** Whether all partitions of a topic that have read a record were read past the snapshot of a generation. */
export async function readProgress(session: Session, topic: string, generation: number): Promise<TopicProgress> {
  const [row] = await session.rows<{ past: string | null; lsn: string | null }>(
    `select min(generation >= ? and streamed) as past, max(snapshot_lsn) as lsn
     from ${session.own('checkpoint')} where topic = ? and \`read\` > 0`,
    [generation, topic],
  );
  return { isPast: row?.past === '1', lsn: row?.lsn ?? null };
}

/**
 * Tables of one connector share its snapshots, and their topics share a prefix. A snapshot concerns a table even if it had no
 * row of it. A table that no snapshot ever read was added later, and the snapshot does not concern it.
 */
const unreconciledQuery = (session: Session, loaded: number): string => `
  with topics as (
    select t.table_name, left(t.topic, char_length(t.topic) - char_length(t.table_name)) as prefix, t.reconciled_lsn,
      t.rows_not_in_snapshot, max(case when c.generation > 0${loaded === 0 ? '' : ` or t.table_name in (${Array(loaded).fill('?').join(', ')})`} then c.snapshot_lsn end) as retaken
    from ${session.own('target')} t join ${session.own('checkpoint')} c on c.topic = t.topic and c.\`read\` > 0
    where c.pipeline = ? and t.order_by = 'lsn' group by t.table_name, t.topic, t.reconciled_lsn, t.rows_not_in_snapshot
    having max(c.snapshot_lsn) is not null or t.rows_not_in_snapshot > 0
  ), newest as (
    select table_name, reconciled_lsn, rows_not_in_snapshot, max(retaken) over (partition by prefix) as newest from topics
  )
  select table_name as \`table\`, case when newest > coalesce(reconciled_lsn, 0) then null else rows_not_in_snapshot end as kept
  from newest where newest > coalesce(reconciled_lsn, 0) or rows_not_in_snapshot > 0 order by table_name`;

/** The tables that are not reconciled with a repeated snapshot, or that keep rows which it does not contain, by name. */
export async function readUnreconciled(session: Session, pipeline: string): Promise<readonly Unreconciled[]> {
  const loaded = [...(await readLoaded(session))];
  const query = unreconciledQuery(session, loaded.length);
  const rows = await session.rows<{ table: string; kept: string | null }>(query, [...loaded, pipeline]);
  if (rows.length === 0) return [];
  const own = await session.cells('select table_name from information_schema.tables where table_schema = ?', [
    session.bookkeeping,
  ]);
  const names = new Set(own.map(([name]) => String(name)));
  return rows.map(({ table, kept }) => ({
    table,
    rows: kept === null ? null : Number(kept),
    hasKey: names.has(guardName(table)),
  }));
}

/** Notes that a table is reconciled with the snapshot that began at `lsn`, and how many rows not in it were kept. */
export async function noteReconciled(
  session: Session,
  table: string,
  lsn: string | null,
  keptRows: number,
): Promise<void> {
  await session.run(
    `update ${session.own('target')} set rows_not_in_snapshot = ?,
       reconciled_lsn = nullif(greatest(coalesce(reconciled_lsn, -1), cast(? as signed)), -1) where table_name = ?`,
    [keptRows, lsn ?? '-1', table],
  );
}
