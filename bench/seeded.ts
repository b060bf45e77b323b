/** The benchmark's events: those of the simulator with a fixed seed, so the bytes are the same in every run. */

import { from, lastValueFrom, toArray } from 'rxjs';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import { parseUserEvent } from '../formats/flat/parse-user-event.ts';
import { type Batch, initialProgress } from '../pipeline/batch.ts';
import type { Change, RawRecord } from '../pipeline/change.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { perRecord } from '../pipeline/stage.ts';
import { decode } from '../pipeline/stages/decode.ts';
import { enrich } from '../pipeline/stages/enrich.ts';
import { LegacyBase } from '../simulator/legacy-base.ts';
import { enrichments } from '../udfs/registry.ts';

/** Rows in one transaction of the floor. */
const batchRows = 5000;

/** The users of the events. With this limit no user is forgotten in 600,000 events, so updates reach all of them. */
export const seededBase = (): LegacyBase =>
  new LegacyBase({
    seed: 1,
    operations: { insert: 33, update: 59, delete: 8 },
    startSequence: 1n,
    livingLimit: 200_000,
  });

/**
 * The events of the topic, decoded and enriched, in batches of 5,000 events with only the newest row of a key. A key is always in the
 * same share, which serves as the partition: otherwise two writers would wait for each other's row locks.
 */
export async function* seededRows(count: number, shares: number): AsyncGenerator<Batch<Change>> {
  const base = seededBase();
  const gathered = Array.from({ length: shares }, (): RawRecord[] => []);
  for (let i = 0; i < count; i += 1) {
    const { key, value } = base.next();
    const share = Number(BigInt(key) % BigInt(shares));
    const records = gathered[share] ?? [];
    records.push({ offset: String(i), timestamp: '0', key: Buffer.from(key), value });
    if (records.length < batchRows) continue;
    gathered[share] = [];
    yield await enriched(records, share);
  }
  for (const [share, records] of gathered.entries()) if (records.length > 0) yield await enriched(records, share);
}

async function enriched(records: readonly RawRecord[], partition: number): Promise<Batch<Change>> {
  const batch: Batch<RawRecord> = {
    claim: { topic: 'floor', partition, epoch: 0n, index: 0, revoked: false, reached: initialProgress },
    from: 0n,
    to: BigInt(records.length),
    bytes: 0,
    read: records.length,
    records,
    filtered: [],
    parked: [],
    mark: null,
    reached: null,
  };
  const options = {
    orderBy: 'sequence',
    onTooLong: 'park',
    noticed: nothingNoticed(),
    enrichments,
    rows: new CopyRows(),
  } as const;
  const [done] = await lastValueFrom(
    from([batch]).pipe(
      perRecord(
        decode((value) => parseUserEvent(value, options)),
        enrich(options),
      ),
      toArray(),
    ),
  );
  if (!done) throw new Error('a batch was lost');
  const newest = new Map(done.records.map((change) => [String(change.origin.key), change]));
  return { ...done, records: [...newest.values()] };
}
