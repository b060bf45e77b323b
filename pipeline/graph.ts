/**
 * The whole data path on one screen.
 *
 *   source ─> decode ─> enrich ─> lane ─> write (rows + dead letters + checkpoint, ONE commit) ─> acknowledge
 *     └────────────────────── credit returned, position moved ──────────────────────────────────────┘
 *
 * The element is a batch. The source emits only within its credit window, so nothing in here can pile up; a lane takes
 * what waits while its transaction runs; acknowledge is the only way progress gets back to the source. The breaker only looks on.
 */
import type { Observable } from 'rxjs';
import { type ParseOptions, parseUserEvent } from '../schemas/parse-user-event.ts';
import { breaker } from './breaker.ts';
import type { Change } from './change.ts';
import { coalesceWhileBusy, inLanes } from './lane.ts';
import type { Source } from './ports.ts';
import { acknowledge, type Committed } from './stages/acknowledge.ts';
import { decode } from './stages/decode.ts';
import { type EnrichOptions, enrich } from './stages/enrich.ts';
import { type WriteOptions, writeGroup } from './stages/write.ts';

/** What the enrichment pipeline is made of. */
export type GraphOptions = ParseOptions &
  EnrichOptions &
  WriteOptions<Change> & {
    readonly source: Source;
    /** Ordered writers side by side, each with its own connection. */
    readonly lanes: number;
    /** Share of parked records above which the pipeline stops; null is never. */
    readonly breaker: number | null;
    /** Most records in one transaction. */
    readonly transactionRecords: number;
  };

/** User events from a source, enriched, into the sink. Emits once per transaction; completes when the source has ended. */
export function enrichmentGraph(options: GraphOptions): Observable<Committed> {
  const { source, lanes, transactionRecords } = options;
  return source.batches().pipe(
    decode((value) => parseUserEvent(value, options)),
    enrich(options),
    inLanes(lanes, (lane) => coalesceWhileBusy(transactionRecords, writeGroup(lane, options))),
    acknowledge(source),
    breaker(options.breaker),
  );
}
