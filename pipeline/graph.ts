/**
 * The data path.
 *
 *   source ─> decode ─> enrich ─> lane ─> write (rows + dead letters + checkpoint, ONE commit) ─> acknowledge
 *     └────────────────────── credit returned, position moved ──────────────────────────────────────┘
 *
 * Replication captures changes of any table and writes them. Enrichment reads user events: flat events are decoded in one
 * step; Debezium messages are captured as changes first, and then turned into user events.
 *
 * The element is a batch. The source emits within its credit window, which bounds all queues. A lane queues batches while its
 * transaction runs. Only acknowledge reports progress to the source. The breaker stops the pipeline, but changes no batch.
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

/** Parts of every pipeline. */
export type PipelineParts<C> = WriteOptions<C> & {
  readonly source: Source;
  /** Number of lanes: parallel ordered writers, each with its own connection. */
  readonly lanes: number;
  /** Share of parked records above which the pipeline stops; null disables the breaker. */
  readonly breaker: number | null;
  /** Most records in one transaction. */
  readonly transactionRecords: number;
};

/** How records become user events: directly, or by the user's map. */
export type ReadOptions = ParseOptions & { readonly map?: UserMap | undefined };

/** Parts of an enrichment pipeline. */
export type GraphOptions = ReadOptions & EnrichOptions & PipelineParts<Change>;

/** Enriches user events of the source into the sink. Emits once per transaction, and completes after the source. */
export const enrichmentGraph = (options: GraphOptions): Observable<Committed> =>
  options.source.batches().pipe(enriched(options), written(options));

/** Writes changes of the source into replicas. Emits once per transaction, and completes after the source. */
export const replicationGraph = (options: CaptureOptions & PipelineParts<Replicated>): Observable<Committed> =>
  options.source.batches().pipe(capture(options), written(options));

const written = <C>(options: PipelineParts<C>): OperatorFunction<Batch<C>, Committed> => {
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

/** Decodes and enriches. Only Debezium messages are ordered by LSN. */
const enriched = (options: ReadOptions & EnrichOptions): Stage<RawRecord, Change> =>
  options.orderBy === 'lsn'
    ? pipe(capture(captured), perRecord(users(options), enrich(options)))
    : perRecord(decode(readUser(options)), enrich(options));

/** Returns the parser of a record's value. */
function readUser(options: ReadOptions): (value: Buffer, record: RawRecord) => UserEvent | Rejection {
  if (options.map === undefined) return (value) => parseUserEvent(value, options);
  const read = mappedReader(options.map, options);
  return (value, { headers }) => read(value, headers instanceof CsvColumns ? headers.names : undefined);
}
