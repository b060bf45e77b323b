/** Events of a replicated table in short form, and a target that is fed with them. For the tests of replication on any engine. */
import { firstValueFrom, of } from 'rxjs';
import type { EngineSink } from '../../engines/sink/sink.ts';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { RawRecord, RecordHeaders, Replicated } from '../../pipeline/change.ts';
import { capture } from '../../pipeline/stages/capture.ts';

/** What Debezium writes for a large value that an update did not change. */
export const hole = '__debezium_unavailable_value';

/** A row, by column. */
export type Row = { readonly [column: string]: unknown };

/** One event. Its table is `public.t` unless it says otherwise. */
export type Event = {
  readonly op: 'r' | 'c' | 'u' | 'd' | 't';
  readonly lsn: number;
  readonly key?: Row | null;
  readonly before?: Row | null;
  readonly after?: Row | null;
  readonly schema?: string;
  readonly table?: string;
  readonly snapshot?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** LSN of the commit before; one below its own when left out. */
  readonly commit?: number;
};

export const insert = (lsn: number, after: Row): Event => ({ op: 'c', lsn, key: { id: after.id }, after });
export const update = (lsn: number, after: Row): Event => ({ op: 'u', lsn, key: { id: after.id }, after });
export const remove = (lsn: number, id: unknown): Event => ({ op: 'd', lsn, key: { id }, before: { id } });

/** The two events of a row that changes its key. */
export const moved = (lsn: number, from: unknown, after: Row): readonly [leave: Event, arrive: Event] => [
  {
    op: 'd',
    lsn,
    key: { id: from },
    before: { id: from },
    headers: [['__debezium.newkey', JSON.stringify({ id: after.id })]],
  },
  { op: 'c', lsn, key: { id: after.id }, after, headers: [['__debezium.oldkey', JSON.stringify({ id: from })]] },
];

/** Every way to cut a list into runs, for lists of at most a few. */
export function cuts<T>(list: readonly T[]): (readonly T[])[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((_, index) => cuts(list.slice(index + 1)).map((rest) => [list.slice(0, index + 1), ...rest]));
}

const headersOf = (pairs: Event['headers']): RecordHeaders | undefined =>
  pairs && { bytes: 0, list: () => pairs.map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const) };

/** The message of an event. */
export const recordOf = (
  {
    op,
    lsn,
    commit = lsn - 1,
    key,
    before = null,
    after = null,
    schema = 'public',
    table = 't',
    snapshot,
    headers,
  }: Event,
  offset: number,
): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: key === undefined || key === null ? null : Buffer.from(JSON.stringify(key)),
  value: Buffer.from(
    JSON.stringify({
      before,
      after,
      op,
      source: {
        schema,
        table,
        lsn,
        sequence: JSON.stringify([op === 'r' ? null : String(commit), String(lsn)]),
        snapshot: snapshot ?? (op === 'r' ? 'true' : 'false'),
        ts_ms: lsn,
      },
    }),
  ),
  headers: headersOf(headers),
});

/** The database that is written, as the tests of one engine set it up. */
export type ReplicaTarget<S> = {
  /** A new sink, as after a restart. */
  readonly openSink: () => EngineSink<S, Replicated>;
  readonly claim: (partition: number) => Promise<Claim | undefined>;
  /** Deletes the checkpoints of all partitions but the first, so that its topic has one. */
  readonly keepOnePartition: () => Promise<void>;
};

/** Feeds a target. */
export type ReplicaFeed = {
  /** Writes one transaction for each list of events. Returns the counts of the last. */
  readonly write: (...groups: readonly (readonly Event[])[]) => Promise<Counts | undefined>;
  /** One batch, to be written until it is. */
  readonly batch: (events: readonly Event[], partition?: number) => Promise<Batch<Replicated>>;
  readonly writeBatch: (batch: Batch<Replicated>, lane?: number) => ReturnType<EngineSink<never, Replicated>['write']>;
  /** Offers events of a partition, again as often as they are postponed. */
  readonly offer: (partition: number, events: readonly Event[]) => Promise<Counts & { readonly postponed: number }>;
  readonly restart: () => void;
  readonly close: () => Promise<void>;
};

type Counts = Awaited<ReturnType<EngineSink<never, Replicated>['write']>>['counts'];

/** Returns a feed of a topic with this number of partitions. */
export function feedOf<S>(target: ReplicaTarget<S>, partitions = 1): ReplicaFeed {
  const sinks: EngineSink<S, Replicated>[] = [];
  const newSink = () => {
    const sink = target.openSink();
    sinks.push(sink);
    return sink;
  };
  let sink = newSink();
  const next = new Map<number, number>();
  const claims = new Map<number, Claim>();
  const stage = capture({});
  const batchOf = async (events: readonly Event[], partition = 0): Promise<Batch<Replicated>> => {
    const claim = claims.get(partition) ?? (await target.claim(partition));
    if (partitions === 1) await target.keepOnePartition();
    if (!claim) throw new Error('no claim');
    claims.set(partition, claim);
    const from = next.get(partition) ?? 0;
    next.set(partition, from + events.length);
    const records = events.map((event, index) => recordOf(event, from + index));
    return await firstValueFrom(
      of({
        claim,
        from: BigInt(from),
        to: BigInt(from + events.length),
        bytes: 0,
        read: events.length,
        records,
        filtered: [],
        parked: [],
        mark: null,
        reached: null,
      }).pipe(stage),
    );
  };
  return {
    write: async (...groups) => {
      let last: Awaited<ReturnType<typeof sink.write>> | undefined;
      for (const events of groups) last = await sink.write(0, [await batchOf(events)]);
      return last?.counts;
    },
    batch: batchOf,
    writeBatch: (batch, lane = 0) => sink.write(lane, [batch]),
    offer: async (partition, events) => {
      const { postponed = [], counts } = await sink.write(partition, [await batchOf(events, partition)]);
      // What was not written is read again, at the offset where the checkpoint stands.
      next.set(partition, (next.get(partition) ?? 0) - (events.length - counts.read));
      return { ...counts, postponed: postponed.length };
    },
    restart: () => {
      sink = newSink();
    },
    close: async () => {
      await Promise.all(sinks.map((one) => one.close()));
    },
  };
}
