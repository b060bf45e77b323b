/**
 * A slot that is older than its snapshot streams again what the snapshot has seen already. Events of then may miss the
 * row that they change.
 */
import type pg from 'pg';
import type { Batch } from '../../../../pipeline/batch.ts';
import type { Replicated } from '../../../../pipeline/change.ts';

/**
 * Whether the record of an ordinal was written to the log before the snapshot began, as happens with a slot that is older.
 * A row that it does not find was deleted before the snapshot, and that event is still to come.
 */
export function predatesSnapshot(
  client: pg.Client,
  pipeline: string,
  group: readonly Batch<Replicated>[],
): (ordinal: number) => Promise<boolean> {
  const known = new Map<string, string | null>();
  // A partition may have had no row in the snapshot, of which the others tell then.
  const snapshotOf = async (topic: string): Promise<string | null> => {
    const near = group.find(({ claim }) => claim.topic === topic && claim.reached.snapshot !== null);
    const found = near?.claim.reached.snapshot ?? known.get(topic);
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
