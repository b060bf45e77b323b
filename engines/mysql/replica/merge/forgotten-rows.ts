/**
 * Finds events that may be older than a deletion whose guard row has expired (rule 12): their position is at or below the horizon, and
 * their key has neither a row nor a guard row. They are parked, and so are all older events of their keys in the range.
 */
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { guardTable } from '../tables/own-tables.ts';
import { literal, sameKey, type TargetTable } from '../tables/target-table.ts';
import { positionOf } from './guard-rows.ts';

/** One staged event of the range, with the ordinals of the nearest events of its key that outdate it. */
type Staged = { readonly ordinal: number; readonly batch: number; readonly prior: number; readonly next: number };

/** The events to park, and how many of the typed rows they were. */
export type Forgotten = { readonly results: readonly MergeResult[]; readonly typedRows: number };

/** Removes such events from the typed rows. Runs before their guard rows are written. */
export async function removeForgotten(
  session: Session,
  table: TargetTable,
  first: number,
  last: number,
): Promise<Forgotten> {
  const { typed, texts } = stagingNames(session, table);
  const [key = ''] = table.key;
  // A row of a snapshot is below all streamed changes, but it is not older than a deletion that had left the topic before it.
  const isStreamed = table.orderBy === 'lsn' ? 'and w.sluice_major > 0' : '';
  const found = await session.cells(
    `select w.sluice_ordinal from ${typed} w
     join ${session.own('target')} h on h.table_name = ${literal(table.name)}
       and ${positionOf('w')} <= (h.horizon_generation, h.horizon_major, h.horizon_minor)
     left join ${guardTable(session, table)} g on ${sameKey(table.key, 'g', 'w')}
     left join ${table.qualified} t on ${sameKey(table.key, 't', 'w')}
     where g.sluice_major is null and t.${quoted(key)} is null ${isStreamed}`,
  );
  if (found.length === 0) return { results: [], typedRows: 0 };
  const forgotten = new Set(found.map(([ordinal]) => Number(ordinal)));
  await session.run(`delete from ${typed} where sluice_ordinal in (${[...forgotten].join(', ')})`);
  const rows = await session.cells(
    `select distinct sluice_ordinal, sluice_batch, sluice_prior, sluice_next from ${texts}
     where sluice_ordinal between ${first} and ${last}`,
  );
  const staged = new Map(
    rows.map(([ordinal, batch, prior, next]): [number, Staged] => [
      Number(ordinal),
      { ordinal: Number(ordinal), batch: Number(batch), prior: Number(prior), next: Number(next) },
    ]),
  );
  const results = [...staged.values()]
    .filter((one) => forgotten.has(newestOf(one, staged).ordinal))
    .map(({ ordinal, batch }): MergeResult => ({ batch, applied: 0, stale: [ordinal] }));
  return { results, typedRows: forgotten.size };
}

/** The newest event of the key of an event, within the range. */
function newestOf(event: Staged, range: ReadonlyMap<number, Staged>): Staged {
  let newest = event;
  for (;;) {
    const outdating = range.get(newest.next) ?? range.get(newest.prior);
    if (outdating === undefined) return newest;
    newest = outdating;
  }
}
