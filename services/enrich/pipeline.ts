/** Builds the enrichment pipeline: connects adapters and engine with the graph. */
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type pg from 'pg';
import { FileSource } from '../../adapters/file/source.ts';
import { KafkaSource } from '../../adapters/kafka/source/source.ts';
import { describeCluster, ensureTopic } from '../../adapters/kafka/topics/topic.ts';
import { oneTable } from '../../engines/postgres/apply/one-table.ts';
import type { MergeStatement } from '../../engines/postgres/apply/staged-merge.ts';
import { checkTarget, type FeedSource, registerSource, registerTarget } from '../../engines/postgres/apply/target.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { postgresEngine } from '../../engines/postgres/engine.ts';
import { CopyRows } from '../../engines/postgres/load/copy-rows.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { prepareOwnColumns } from '../../engines/postgres/schema/own-columns.ts';
import { claimsOn } from '../../engines/sink/claims.ts';
import { EngineSink, type SinkParts } from '../../engines/sink/sink.ts';
import type { UserMap } from '../../formats/flat/mapped/user-map.ts';
import type { Events } from '../../pipeline/events.ts';
import { enrichmentGraph } from '../../pipeline/graph.ts';
import type { OnLostPosition, Source } from '../../pipeline/ports.ts';
import { Progress } from '../../pipeline/progress.ts';
import { runGraph } from '../../pipeline/runner.ts';
import { Window } from '../../pipeline/window.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import { withDeletes } from '../../schemas/table-shape.ts';
import { usersEnriched, usersEnrichedWith } from '../../schemas/users-enriched.ts';
import type { OwnEnrichment } from '../../udfs/own-function.ts';
import { enrichmentsFor } from '../../udfs/registry.ts';
import { noticesTo, type ServiceEvent, type ServiceEvents } from '../events.ts';
import { GuardExpiry } from '../reading/guard-expiry.ts';
import { csvFormat } from './map-columns.ts';

/** How events become rows of `users_enriched`. Plain data: it can be sent to another process. */
export type EnrichmentConfig = {
  /** Name of the pipeline, and group ID of its consumer group. */
  readonly groupId: string;
  readonly orderBy: OrderBy;
  readonly onTooLong: 'park' | 'truncate';
  readonly onTooPrecise?: 'park' | 'cut';
  readonly mailboxRules?: 'on' | 'off';
  readonly deletes: 'soft' | 'hard';
  /** Share of parked records above which the pipeline stops; null disables the breaker. */
  readonly breakerShare: number | null;
  /** Number of lanes: parallel ordered writers, each with its own connection. */
  readonly lanes: number;
  /** Most bytes between source and target. */
  readonly windowBytes: number;
  /** Most records in one transaction. */
  readonly transactionRecords: number;
  /** How records in another format become user events. */
  readonly map?: UserMap | undefined;
};

/** Defaults of the credit window and of the largest transaction. */
export const enrichmentDefaults = { windowBytes: 40 * 2 ** 20, transactionRecords: 10_000 } as const;

/** Settings and connections of an enrichment pipeline. */
export type EnrichmentParts = EnrichmentConfig & {
  readonly database: Database;
  readonly events: ServiceEvents;
  /** The user's own enrichment functions. */
  readonly own?: readonly OwnEnrichment[];
  /** Parts that fault tests replace. */
  readonly replaced?: {
    readonly sink?: Partial<SinkParts<pg.Client>>;
    readonly merge?: MergeStatement;
    readonly window?: Window;
  };
};

type DatabaseParts = Pick<EnrichmentParts, 'database' | 'groupId' | 'orderBy' | 'deletes' | 'own'> & {
  readonly events: Events<ServiceEvent>;
};

/** A pipeline that can be run once. */
export type Pipeline<S extends Source> = {
  readonly source: S;
  readonly progress: Progress;
  /** Resolves once the source has ended, or the pipeline has drained after a stop. */
  readonly run: (stop: AbortSignal) => Promise<void>;
};

/** Opens a session for the setup of a pipeline. A wait for the database is reported as a `notice`. */
const setupSession = (database: Database, groupId: string, events: Events<ServiceEvent>) =>
  reachDatabase(database, `${groupId}/setup`, (line) => noticesTo(events).warn({}, line));

/**
 * Migrates the schema, creates the columns of the user's own functions, and registers the target. Returns the migrations
 * applied.
 */
export async function prepareDatabase({ own = [], ...parts }: DatabaseParts) {
  const { database, groupId, deletes, orderBy, events } = parts;
  const client = await setupSession(database, groupId, events);
  try {
    const applied = await migrate(client);
    events.emit({ type: 'ownColumns', ...(await prepareOwnColumns(client, own)) });
    await registerTarget(client, withDeletes(usersEnriched, deletes), orderBy);
    return applied;
  } finally {
    await client.end();
  }
}

/** Throws if the table has other settings, or is fed from another topic. Changes nothing. */
export async function checkFeed(parts: Omit<DatabaseParts, 'own'>, source: FeedSource): Promise<void> {
  const { database, groupId, orderBy, deletes, events } = parts;
  const client = await setupSession(database, groupId, events);
  try {
    await checkTarget(client, withDeletes(usersEnriched, deletes), orderBy, source);
  } finally {
    await client.end();
  }
}

/** Returns a pipeline that reads a file or standard input. */
export const filePipeline = (
  parts: EnrichmentParts,
  path: string,
  onLostPosition: OnLostPosition = 'fail',
): Pipeline<FileSource> =>
  assemble(
    parts,
    (window) => {
      const { database, groupId, orderBy } = parts;
      const logger = noticesTo(parts.events);
      const engine = postgresEngine(database, { logger });
      const claims = claimsOn({ engine, pipeline: groupId, orderBy, logger });
      const csv = csvFormat(parts.map, orderBy);
      return new FileSource({ path, runId: randomUUID(), claims, window, clock: Date, logger, csv, onLostPosition });
    },
    async ({ topic }) => ({ kind: 'file', topic }),
  );

/** How a topic is read. Plain data. */
export type TopicConfig = {
  readonly topic: string;
  readonly from: 'earliest' | 'latest';
  readonly onLostPosition?: OnLostPosition;
  readonly fetchMinBytes?: number;
};

/** The topic and the Kafka clients of a pipeline. */
export type TopicParts = TopicConfig & { readonly kafka: Kafka; readonly admin: Admin };

/** Returns a pipeline that reads an existing topic. */
export const kafkaPipeline = (
  parts: EnrichmentParts,
  { fetchMinBytes, onLostPosition = 'fail', kafka, admin, topic, from }: TopicParts,
): Pipeline<KafkaSource> => {
  const { groupId, database, orderBy, deletes, events } = parts;
  const logger = noticesTo(events);
  const engine = postgresEngine(database, { logger });
  const expiry = new GuardExpiry({ guards: engine.guards, pipeline: groupId, logger });
  const pipeline = assemble(
    parts,
    (window) =>
      new KafkaSource({
        kafka,
        topics: { kind: 'one', topic },
        from,
        onLostPosition,
        groupId,
        logger,
        events,
        window,
        claims: claimsOn({
          engine,
          pipeline: groupId,
          orderBy,
          logger,
          ...(deletes === 'hard' ? { afterClaim: expiry.afterClaim } : {}),
        }),
        ...(fetchMinBytes === undefined ? {} : { consumer: { minBytes: fetchMinBytes } }),
      }),
    async () => {
      const { clusterId } = await describeCluster(admin);
      return { kind: 'topic', topic, clusterId: clusterId || null };
    },
  );
  if (deletes === 'soft') return pipeline;
  return {
    ...pipeline,
    run: (stop) =>
      expiry.during(
        admin,
        async () => [topic],
        () => pipeline.run(stop),
      ),
  };
};

/** Creates the topic if it is missing, and then emits `topicCreated`. */
export async function prepareTopic(admin: Admin, events: Events<ServiceEvent>, topic: string, partitions: number) {
  const isCreated = await ensureTopic(admin, topic, { partitions });
  if (isCreated) events.emit({ type: 'topicCreated', topic, partitions });
}

/** Returns the progress of a pipeline, updated with each of its `committed` events. */
export function countCommitted(events: ServiceEvents): Progress {
  const progress = new Progress(Date);
  events.subscribe((event) => {
    if (event.type === 'committed') progress.add(event);
  });
  return progress;
}

function assemble<S extends Source>(
  parts: EnrichmentParts,
  makeSource: (window: Window) => S,
  feed: (source: S) => Promise<FeedSource>,
): Pipeline<S> {
  const { database, groupId, orderBy, onTooLong, windowBytes, events, replaced, own = [] } = parts;
  const table = withDeletes(usersEnrichedWith(own.map(({ definition }) => definition)), parts.deletes);
  const progress = countCommitted(events);
  const source = makeSource(replaced?.window ?? new Window(windowBytes));
  const sink = new EngineSink({
    engine: postgresEngine(database, { logger: noticesTo(events) }),
    pipeline: groupId,
    rows: oneTable(table, replaced?.merge),
    ...(replaced?.sink ? { parts: replaced.sink } : {}),
  });
  const graph = enrichmentGraph({
    source,
    sink,
    events,
    lanes: parts.lanes,
    breaker: parts.breakerShare,
    transactionRecords: parts.transactionRecords,
    enrichments: [...enrichmentsFor(parts.mailboxRules ?? 'on'), ...own],
    rows: new CopyRows(),
    orderBy,
    onTooLong,
    onTooPrecise: parts.onTooPrecise ?? 'park',
    map: parts.map,
    noticed: progress.noticed,
  });
  const run = async (stop: AbortSignal) => {
    const origin = await feed(source);
    const client = await setupSession(database, groupId, events);
    try {
      // A restarted worker may find a file that was added or changed since the start.
      if (own.length > 0) events.emit({ type: 'ownColumns', ...(await prepareOwnColumns(client, own)), removed: [] });
      await registerSource(client, table.name, origin);
    } finally {
      await client.end();
    }
    await runGraph({ graph, source, sink, stop, events });
  };
  return { source, progress, run };
}
