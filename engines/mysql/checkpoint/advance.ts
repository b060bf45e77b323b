/**
 * Advances checkpoints and counters. A row is updated only if its offset and owner epoch still match. The transaction must
 * roll back if the result has a claim (promise 2).
 */
import type { Claim } from '../../../pipeline/batch.ts';
import type { PartitionProgress } from '../../contract.ts';
import { movingShare } from '../../sink/moving-share.ts';
import type { Session, SqlValue } from '../connection/session.ts';
import { checkpointLock } from '../locks.ts';
import { datetimeOf } from '../times.ts';

/** Compares by topic, then by partition. All transactions lock rows in this order, so that they cannot deadlock (rule 14). */
const byPartition = ({ claim: a }: PartitionProgress, { claim: b }: PartitionProgress): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

/** Advances the checkpoints. Returns the claims that no longer hold. */
export async function advanceCheckpoints(
  session: Session,
  pipeline: string,
  progress: readonly PartitionProgress[],
): Promise<readonly Claim[]> {
  if (progress.length === 0) return [];
  const sorted = [...progress].sort(byPartition);
  const held = await lockRows(session, pipeline, sorted);
  const lost = progress.filter(({ claim }) => !held.has(nameOf(claim))).map(({ claim }) => claim);
  if (lost.length === 0) await update(session, pipeline, sorted);
  return lost;
}

const nameOf = ({ topic, partition }: Pick<Claim, 'topic' | 'partition'>): string => `${topic}/${partition}`;

/** The list of partitions as a table: its first row names the columns. */
const table = (columns: readonly string[], rows: number): string => {
  const first = `select ${columns.map((column) => `? as ${column}`).join(', ')}`;
  const next = ` union all select ${columns.map(() => '?').join(', ')}`;
  return first + next.repeat(rows - 1);
};

/** STRAIGHT_JOIN looks each row up by its key. Another plan could wait for the locks of other rows. */
const joined = (session: Session, progress: string): string =>
  `(${progress}) p straight_join ${session.own('checkpoint')} c
     on c.pipeline = ? and c.topic = p.topic and c.\`partition\` = p.number`;

/** Locks the rows that still match, and returns their names. */
async function lockRows(
  session: Session,
  pipeline: string,
  progress: readonly PartitionProgress[],
): Promise<ReadonlySet<string>> {
  const asked = table(['topic', 'number', 'epoch', 'from_offset'], progress.length);
  const rows = await session.rows<{ topic: string; partition: string; taken: string }>(
    `select c.topic, c.\`partition\`, get_lock(${checkpointLock(session, 'c')}, 0) as taken
     from ${joined(session, asked)} and c.owner_epoch = p.epoch and c.next_offset = p.from_offset for update`,
    [...progress.flatMap(({ claim, from }) => [claim.topic, claim.partition, claim.epoch, from]), pipeline],
  );
  return new Set(rows.map(({ topic, partition }) => `${topic}/${partition}`));
}

const columns = [
  'topic',
  'number',
  'to_offset',
  'was_read',
  'was_applied',
  'was_superseded',
  'was_filtered',
  'was_parked',
  'marked_at',
  'hash',
  'forget',
  'kept',
  'gained',
  'generation',
  'streamed',
  'snapshot',
  'committed',
];

function valuesOf({ claim, to, counts, mark, reached }: PartitionProgress): readonly SqlValue[] {
  const { read, applied, superseded, filtered, parked } = counts;
  const known = mark === 'unknown' ? null : mark;
  const { kept, gained } = movingShare(counts);
  return [
    claim.topic,
    claim.partition,
    to,
    read,
    applied,
    superseded,
    filtered,
    parked,
    datetimeOf(known?.timestamp ?? null),
    known?.hash ?? null,
    mark === 'unknown',
    kept,
    gained,
    reached?.generation ?? null,
    reached?.streamed ?? null,
    reached?.snapshot ?? null,
    datetimeOf(reached?.committed ?? null),
  ];
}

/** Moves the locked rows. No assignment reads a column that another one changes, because their order is not defined. */
async function update(session: Session, pipeline: string, progress: readonly PartitionProgress[]): Promise<void> {
  const { rows } = await session.run(
    `update ${joined(session, table(columns, progress.length))}
     set c.next_offset = p.to_offset, c.\`read\` = c.\`read\` + p.was_read, c.applied = c.applied + p.was_applied,
         c.superseded = c.superseded + p.was_superseded, c.filtered = c.filtered + p.was_filtered,
         c.parked = c.parked + p.was_parked, c.superseded_share = round(c.superseded_share * p.kept + p.gained, 6),
         c.last_timestamp = coalesce(p.marked_at, c.last_timestamp),
         c.last_hash = case when p.forget then null else coalesce(p.hash, c.last_hash) end,
         c.generation = coalesce(p.generation, c.generation), c.streamed = coalesce(p.streamed, c.streamed),
         c.snapshot_lsn = coalesce(p.snapshot, c.snapshot_lsn),
         c.source_committed_at = coalesce(p.committed, c.source_committed_at), c.committed_at = current_timestamp(6)`,
    [...progress.flatMap(valuesOf), pipeline],
  );
  if (rows !== progress.length) throw new Error(`${rows} of ${progress.length} locked checkpoints were updated`);
}

/** Whether the database already holds this progress, because an earlier attempt has committed (rule 15). */
export async function isDurable(session: Session, pipeline: string, progress: PartitionProgress): Promise<boolean> {
  const { claim, to } = progress;
  const rows = await session.cells(
    `select 1 from ${session.own('checkpoint')}
     where pipeline = ? and topic = ? and \`partition\` = ? and owner_epoch = ? and next_offset = ?`,
    [pipeline, claim.topic, claim.partition, claim.epoch, to],
  );
  return rows.length === 1;
}
