/** A slot created before the snapshot replays changes that the snapshot already contains; their rows may be gone. */
import type { Batch } from '../../../pipeline/batch.ts';
import type { Replicated } from '../../../pipeline/change.ts';

/**
 * Returns a function that decides whether the record of an ordinal was written to the WAL before the snapshot began. If such a
 * record finds no row, the row was deleted before the snapshot, and its DELETE event follows.
 *
 * @param readSnapshot reads the LSN at which the last snapshot of a topic began, from the checkpoints of all its partitions.
 */
export function predatesSnapshot(
  group: readonly Batch<Replicated>[],
  readSnapshot: (topic: string) => Promise<string | null>,
): (ordinal: number) => Promise<boolean> {
  const known = new Map<string, string | null>();
  // Where a partition had no row in the snapshot, the LSN comes from the other partitions of its topic.
  const snapshotOf = async (topic: string): Promise<string | null> => {
    const sibling = group.find(({ claim }) => claim.topic === topic && claim.reached.snapshot !== null);
    const found = sibling?.claim.reached.snapshot ?? known.get(topic);
    if (found !== undefined) return found;
    const lsn = await readSnapshot(topic);
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
