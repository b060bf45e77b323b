/** A slot created before the snapshot replays changes that the snapshot already contains; their rows may be gone. */
import type pg from 'pg';
import type { Batch } from '../../../../pipeline/batch.ts';
import type { Replicated } from '../../../../pipeline/change.ts';

/**
 * Returns a function that decides whether the record of an ordinal was written to the WAL before the snapshot began. If such a
 * record finds no row, the row was deleted before the snapshot, and its DELETE event follows.
 */
export function predatesSnapshot(
  client: pg.Client,
  pipeline: string,
  group: readonly Batch<Replicated>[],
): (ordinal: number) => Promise<boolean> {
  const known = new Map<string, string | null>();
  // Where a partition had no row in the snapshot, the LSN comes from the other partitions of its topic.
  const snapshotOf = async (topic: string): Promise<string | null> => {
    const sibling = group.find(({ claim }) => claim.topic === topic && claim.reached.snapshot !== null);
    const found = sibling?.claim.reached.snapshot ?? known.get(topic);
    if (found !== undefined) return found;
    const { rows } = await client.query<{ lsn: string | null }>(
      'select max(snapshot_lsn) as lsn from sluice.checkpoint where pipeline = $1 and topic = $2',
      [pipeline, topic],
    );
    const lsn = rows[0]?.lsn ?? null;
    known.set(topic, lsn);
    return lsn;
  };
  return async (ordinal) => {
    let first = 0;
    for (const { claim, records } of group) {
      const record = records[ordinal - first];
      first += records.length;
      if (!record || ordinal >= first) continue;
      const at = record.event.position?.minor;
      if (at === undefined) return false;
      const snapshot = record.reached.snapshot ?? (await snapshotOf(claim.topic));
      return snapshot !== null && BigInt(at) < BigInt(snapshot);
    }
    return false;
  };
}
