/** Reads the progress of a pipeline, and its held tables. Sluice's tables must exist. */
import type { Checkpoint, HeldTable } from '../../bookkeeping.ts';
import type { Session } from '../connection/session.ts';
import { dateOf } from '../times.ts';

type Row = { readonly [column: string]: string | null };

/** The checkpoints of a pipeline, by topic and partition. */
export async function readCheckpoints(session: Session, pipeline: string): Promise<readonly Checkpoint[]> {
  const rows = await session.rows<Row>(
    `select topic, \`partition\`, next_offset, cluster_id, \`read\`, applied, superseded, filtered, parked, superseded_share,
       last_timestamp, committed_at, source_committed_at, timestampdiff(microsecond, committed_at, utc_timestamp(6)) as age
     from ${session.own('checkpoint')} where pipeline = ? order by topic, \`partition\``,
    [pipeline],
  );
  const numberOf = (text: string | null | undefined): number => Number(text ?? 0);
  return rows.map((row) => ({
    topic: row.topic ?? '',
    partition: numberOf(row.partition),
    nextOffset: BigInt(row.next_offset ?? 0),
    clusterId: row.cluster_id ?? null,
    counts: {
      read: numberOf(row.read),
      applied: numberOf(row.applied),
      superseded: numberOf(row.superseded),
      filtered: numberOf(row.filtered),
      parked: numberOf(row.parked),
    },
    supersededShare: numberOf(row.superseded_share),
    lastTimestamp: dateOf(row.last_timestamp ?? null),
    committedAt: dateOf(row.committed_at ?? null),
    sourceCommittedAt: dateOf(row.source_committed_at ?? null),
    commitAge: row.age === null || row.age === undefined ? null : Number(row.age) / 1e6,
  }));
}

/** The tables that are held now, in the order of their names. */
export async function readHeldTables(session: Session, pipeline: string): Promise<readonly HeldTable[]> {
  const rows = await session.rows<Row>(
    `select topic, \`partition\`, table_name, since, tried_at, reason, statements
     from ${session.own('held_table')} where pipeline = ? order by table_name, topic, \`partition\``,
    [pipeline],
  );
  return rows.map((row) => ({
    topic: row.topic ?? '',
    partition: Number(row.partition),
    table: row.table_name ?? '',
    since: dateOf(row.since ?? null) ?? new Date(0),
    triedAt: dateOf(row.tried_at ?? null) ?? new Date(0),
    reason: row.reason ?? '',
    statements: row.statements ?? '',
  }));
}
