/**
 * The whole data path on one screen.
 *
 *   source ─> decode ─> enrich ─> lane ─> write (rows + dead letters + checkpoint, ONE commit) ─> acknowledge
 *     └────────────────────── credit returned, position moved ──────────────────────────────────────┘
 *
 * Replication captures and writes changes as they are, of any table. Enrichment is of users, and of theirs flat events are
 * decoded in one step; of Debezium's messages first changes are captured, then users are read from these.
 * The element is a batch. The source emits only within its credit window, so nothing in here can pile up; a lane takes
 * what waits while its transaction runs; acknowledge is the only way progress gets back to the source. The breaker only looks on.
 */
import { type Observable, type OperatorFunction, pipe } from 'rxjs';
import { mappedReader } from '../formats/flat/mapped/map-user-event.ts';
import type { UserMap } from '../formats/flat/mapped/user-map.ts';
import { type ParseOptions, parseUserEvent } from '../formats/flat/parse-user-event.ts';
import type { Rejection } from '../schemas/rejection.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import type { Batch } from './batch.ts';
import { breaker } from './breaker.ts';
import type { Change, RawRecord, Replicated } from './change.ts';
import { CsvColumns } from './csv-columns.ts';
import { HeldNotices } from './held-notices.ts';
import { coalesceWhileBusy, inLanes, trickle } from './lane.ts';
import type { Source } from './ports.ts';
import { RetryNotices } from './retry-notices.ts';
import { perRecord, type Stage } from './stage.ts';
import { acknowledge, type Committed } from './stages/acknowledge.ts';
import { type CaptureOptions, capture } from './stages/capture.ts';
import { decode } from './stages/decode.ts';
import { type EnrichOptions, enrich } from './stages/enrich.ts';
import { captured, users } from './stages/users.ts';
import { type WriteOptions, writeGroup } from './stages/write.ts';

/** What every pipeline is made of. */
export type Pipework<C> = WriteOptions<C> & {
  readonly source: Source;
  /** Ordered writers side by side, each with its own connection. */
  readonly lanes: number;
  /** Share of parked records above which the pipeline stops; null is never. */
  readonly breaker: number | null;
  /** Most records in one transaction. */
  readonly transactionRecords: number;
};

/** How records become user events: as they are, or by a map of the user's. */
export type ReadOptions = ParseOptions & { readonly map?: UserMap | undefined };

/** What the enrichment pipeline is made of. */
export type GraphOptions = ReadOptions & EnrichOptions & Pipework<Change>;

/** User events from a source, enriched, into the sink. Emits once per transaction; completes when the source has ended. */
export const enrichmentGraph = (options: GraphOptions): Observable<Committed> =>
  options.source.batches().pipe(enriched(options), written(options));

/** Changes of any table into its replica, likewise. */
export const replicationGraph = (options: CaptureOptions & Pipework<Replicated>): Observable<Committed> =>
  options.source.batches().pipe(capture(options), written(options));

const written = <C>(options: Pipework<C>): OperatorFunction<Batch<C>, Committed> => {
  const { sink, events, lanes, transactionRecords } = options;
  const retries = new RetryNotices(events, sink.server);
  const holds = new HeldNotices(events);
  const write = (lane: number) => writeGroup(lane, { sink, events, retries, holds });
  return pipe(
    inLanes(lanes, (lane) => coalesceWhileBusy(transactionRecords, write(lane), trickle)),
    acknowledge(options.source),
    breaker(options.breaker),
  );
};

/** Events that are ordered by the log of their database are Debezium's. */
const enriched = (options: ReadOptions & EnrichOptions): Stage<RawRecord, Change> =>
  options.orderBy === 'lsn'
    ? pipe(capture(captured), perRecord(users(options), enrich(options)))
    : perRecord(decode(readUser(options)), enrich(options));

/** What reads the value of one record. */
function readUser(options: ReadOptions): (value: Buffer, record: RawRecord) => UserEvent | Rejection {
  if (options.map === undefined) return (value) => parseUserEvent(value, options);
  const read = mappedReader(options.map, options);
  return (value, { headers }) => read(value, headers instanceof CsvColumns ? headers.names : undefined);
}
