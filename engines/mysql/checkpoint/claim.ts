/**
 * Takes partitions over by raising their owner epoch: from then on a former owner's transactions roll back. If a position is
 * lost and the source names another, the checkpoint moves in the same transaction (rule 16).
 */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Claimed, ClaimRequest, Reposition } from '../../../pipeline/ports.ts';
import type { ClaimAnswer, FoundCheckpoint, Moved } from '../../contract.ts';
import { inTransaction } from '../connection/open-session.ts';
import type { Session } from '../connection/session.ts';
import { checkpointLock, lockName, takeLock } from '../locks.ts';
import { msOf } from '../times.ts';

/** What a claim needs beside its request. */
export type ClaimOptions = {
  readonly pipeline: string;
  /** The database in the address of the target. */
  readonly database: string;
  /** The longest wait for other claims of the topic, in milliseconds. */
  readonly lockLimitMs: number;
};

/** The lock that claims of a topic take, one after another. */
export const claimLock = (session: Session, pipeline: string, topic: string): string =>
  lockName(session, 'claim', pipeline, topic);

/**
 * Claims the partitions in `mine`. Inserts checkpoint rows for all partitions of the topic. The session must end afterwards,
 * which releases its named locks.
 */
export async function claimPartitions(
  session: Session,
  { pipeline, database, lockLimitMs }: ClaimOptions,
  request: ClaimRequest,
  decide: (found: FoundCheckpoint) => Promise<Reposition | undefined>,
): Promise<ClaimAnswer> {
  const { topic, mine } = request;
  await takeLock(session, claimLock(session, pipeline, topic), lockLimitMs);
  return await inTransaction(session, async () => {
    await insertMissing(session, pipeline, database, request);
    const moved: Moved[] = [];
    const locked = await lockRows(session, pipeline, topic, mine);
    for (const found of locked) {
      const move = await decide(found);
      if (move) moved.push({ found, move });
    }
    const targets = new Map(moved.map(({ found, move }) => [found.partition, move]));
    const claimed: Claimed[] = [];
    for (const { partition } of locked)
      claimed.push(await raise(session, pipeline, request, partition, targets.get(partition)));
    return { claimed, moved };
  });
}

/** The first claim inserts the rows of all partitions of a topic. Partitions added later start at another offset. */
async function insertMissing(
  session: Session,
  pipeline: string,
  database: string,
  { topic, partitions }: ClaimRequest,
): Promise<void> {
  const table = session.own('checkpoint');
  const found = await session.rows<{ partition: string; target: string | null }>(
    `select \`partition\`, target_database as target from ${table} where pipeline = ? and topic = ?`,
    [pipeline, topic],
  );
  const other = found.find(({ target }) => target !== null && target !== database)?.target;
  if (other !== undefined && other !== null) throw anotherDatabase(pipeline, topic, other, database);
  const known = new Set(found.map(({ partition }) => Number(partition)));
  const missing = partitions.filter(({ partition }) => !known.has(partition));
  if (missing.length === 0) return;
  const isStarted = found.length > 0;
  await session.run(
    `insert into ${table} (pipeline, topic, \`partition\`, next_offset, target_database)
     values ${missing.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
    missing.flatMap(({ partition, first, later }) => [pipeline, topic, partition, isStarted ? later : first, database]),
  );
}

/** Locks the rows by their key. The named lock tells a waiting claim which session has locked the row. */
async function lockRows(
  session: Session,
  pipeline: string,
  topic: string,
  partitions: readonly number[],
): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  for (const partition of [...partitions].sort((a, b) => a - b)) {
    const [row] = await session.rows<{ next: string; cluster: string | null; count: string | null; taken: string }>(
      `select c.next_offset as next, c.cluster_id as cluster, c.partition_count as count,
              get_lock(${checkpointLock(session, 'c')}, 0) as taken
       from ${session.own('checkpoint')} c where c.pipeline = ? and c.topic = ? and c.\`partition\` = ? for update`,
      [pipeline, topic, partition],
    );
    if (row === undefined) throw new Error(`partition ${partition} is not a partition of ${topic}`);
    const { next, cluster, count } = row;
    found.push({
      partition,
      nextOffset: BigInt(next),
      clusterId: cluster,
      partitionCount: count === null ? null : Number(count),
    });
  }
  return found;
}

type RaisedRow = {
  epoch: string;
  next: string;
  hash: Buffer | null;
  generation: string;
  streamed: string;
  snapshot: string | null;
  committed: string | null;
};

/** A moved checkpoint forgets the last durable record and its progress at the source, which belong to the former position. */
const forgotten =
  'last_hash = null, source_committed_at = null, postponed_at = null, postponed_generation = null, postponed_major = null, postponed_minor = null';

async function raise(
  session: Session,
  pipeline: string,
  { topic, clusterId, partitionCount }: ClaimRequest,
  partition: number,
  move: Reposition | undefined,
): Promise<Claimed> {
  const table = session.own('checkpoint');
  const key = [pipeline, topic, partition];
  const ofKey = 'where pipeline = ? and topic = ? and `partition` = ?';
  await session.run(
    `update ${table} set owner_epoch = owner_epoch + 1, cluster_id = ?, partition_count = ?
       ${move ? `, next_offset = ?, ${forgotten}` : ''} ${ofKey}`,
    [clusterId, partitionCount, ...(move ? [move.to] : []), ...key],
  );
  if (move?.restarted) await renameOldDeadLetters(session, key, ofKey);
  const [row] = await session.rows<RaisedRow>(
    `select owner_epoch as epoch, next_offset as next, last_hash as hash, generation, streamed, snapshot_lsn as snapshot,
            source_committed_at as committed
     from ${table} ${ofKey}`,
    key,
  );
  if (row === undefined) throw new Error(`the checkpoint of ${topic}, partition ${partition} is gone`);
  return {
    partition,
    epoch: BigInt(row.epoch),
    nextOffset: BigInt(row.next),
    lastHash: row.hash,
    reached: {
      generation: Number(row.generation),
      streamed: row.streamed === '1',
      snapshot: row.snapshot,
      committed: row.committed === null ? null : msOf(row.committed),
    },
  };
}

/**
 * The offset identifies a dead letter. If offsets restart, this renames the topic of older dead letters. Otherwise a record
 * parked at the same offset would overwrite an older dead letter.
 */
async function renameOldDeadLetters(session: Session, key: readonly (string | number)[], ofKey: string): Promise<void> {
  await session.run(
    `update ${session.own('dead_letter')} set topic = concat(topic, ' (before epoch ',
       (select owner_epoch from ${session.own('checkpoint')} ${ofKey}), ')') ${ofKey}`,
    [...key, ...key],
  );
}

const anotherDatabase = (pipeline: string, topic: string, before: string, now: string): PipelineError =>
  new PipelineError(
    'target_mismatch',
    `the checkpoint of ${pipeline} on ${topic} belongs to the database ${before} of this server, not to ${now}`,
    {
      advice: `Its records before the checkpoint are in ${before}: name that database, or use another --group-id, which reads the topic from its start.`,
    },
  );
