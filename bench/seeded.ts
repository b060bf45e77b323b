/** The benchmark's events: the simulator's, with a fixed seed, the same bytes each time. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { type Batch, nothingReached } from '../pipeline/batch.ts';
import type { Change, RawRecord } from '../pipeline/change.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { decode } from '../pipeline/stages/decode.ts';
import { enrich } from '../pipeline/stages/enrich.ts';
import { parseUserEvent } from '../schemas/parse-user-event.ts';
import { LegacyBase } from '../simulator/legacy-base.ts';
import { enrichments } from '../udfs/registry.ts';

/** Rows in one transaction of the floor. */
const batchRows = 5000;

/** The users they are about. So many are alive that of 600,000 events none is forgotten and updates reach all of them. */
export const seededBase = (): LegacyBase =>
  new LegacyBase({
    seed: 1,
    operations: { insert: 33, update: 59, delete: 8 },
    startSequence: 1n,
    livingLimit: 200_000,
  });

/** What is put on the topic, decoded and enriched, in batches of 5,000 with only the newest row of a key. */
export async function* seededRows(count: number): AsyncGenerator<Batch<Change>> {
  const base = seededBase();
  const claim = { topic: 'floor', partition: 0, epoch: 0n, index: 0, revoked: false, reached: nothingReached };
  for (let at = 0; at < count; at += batchRows) {
    const records: RawRecord[] = [];
    for (let i = at; i < Math.min(count, at + batchRows); i += 1) {
      records.push({ offset: String(i), timestamp: '0', key: null, value: base.next().value });
    }
    const batch: Batch<RawRecord> = {
      claim,
      from: BigInt(at),
      to: BigInt(at + records.length),
      bytes: 0,
      read: records.length,
      records,
      filtered: 0,
      parked: [],
      mark: null,
    };
    const options = { orderBy: 'sequence', onTooLong: 'park', noticed: nothingNoticed(), enrichments } as const;
    const [done] = await lastValueFrom(
      from([batch]).pipe(
        decode((value) => parseUserEvent(value, options)),
        enrich(options),
        toArray(),
      ),
    );
    if (!done) throw new Error('a batch was lost');
    const newest = new Map(done.records.map((change) => [change.cells[0], change]));
    yield { ...done, records: [...newest.values()] };
  }
}
