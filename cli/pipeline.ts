/**
 * Builds the enrichment pipeline from its parts: the one place where adapters meet the graph. `run` and `demo` use it.
 */

import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { FileSource } from '../adapters/file/source.ts';
import { KafkaSource } from '../adapters/kafka/source.ts';
import { ensureTopic } from '../adapters/kafka/topic.ts';
import { PostgresSink, type SinkParts } from '../engines/postgres/apply/sink.ts';
import { checkTarget, type FeedSource, registerSource, registerTarget } from '../engines/postgres/apply/target.ts';
import { postgresClaims } from '../engines/postgres/checkpoint/claims.ts';
import type { Database } from '../engines/postgres/connection/connection.ts';
import { oneTable } from '../engines/postgres/connection/one-table.ts';
import { reachDatabase } from '../engines/postgres/connection/reach.ts';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { prepareOwnColumns } from '../engines/postgres/schema/own-columns.ts';
import type { UserMap } from '../formats/flat/mapped/user-map.ts';
import { EventStream, type Events } from '../pipeline/events.ts';
import { enrichmentGraph } from '../pipeline/graph.ts';
import type { Logger, OnLostPosition, Source } from '../pipeline/ports.ts';
import { Progress } from '../pipeline/progress.ts';
import { runGraph } from '../pipeline/runner.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import { Window } from '../pipeline/window.ts';
import { withDeletes } from '../schemas/table-shape.ts';
import { usersEnriched, usersEnrichedWith } from '../schemas/users-enriched.ts';
import { logEvents } from '../services/event-log.ts';
import type { OwnEnrichment } from '../udfs/own-function.ts';
import { enrichmentsFor } from '../udfs/registry.ts';
import { GuardExpiry } from './guard-expiry.ts';
import { keepHeapSmall } from './heap.ts';
import { csvFormat } from './map-columns.ts';
import type { Values } from './options.ts';
import { sayOwnFunctions } from './own-functions.ts';

/** The options that shape a pipeline. */
export const pipelineOptions = [
  'groupId',
  'orderBy',
  'onTooLong',
  'onTooPrecise',
  'mailboxRules',
  'functions',
  'breaker',
  'deletes',
  'lanes',
  'windowBytes',
  'maxRecords',
] as const;

type Optional = 'mailboxRules' | 'onTooPrecise';

/** What a pipeline is built from. */
export type PipelineParts = Values<Exclude<(typeof pipelineOptions)[number], Optional | 'functions'>> &
  Partial<Values<Optional>> & {
    /** How records of another form become user events. */
    readonly map?: UserMap | undefined;
    readonly database: Database;
    readonly logger: Logger;
    /** Enrichment functions of the user's own. */
    readonly own?: readonly OwnEnrichment[];
    /** Told of every transaction. */
    readonly onCommitted?: (committed: Committed) => void;
    /** Mechanisms replaced by fault tests. */
    readonly replaced?: { readonly sink?: Partial<SinkParts>; readonly window?: Window };
  };

type DatabaseParts = Pick<PipelineParts, 'database' | 'groupId' | 'orderBy' | 'deletes' | 'logger' | 'own'>;

/** A pipeline that can be run once. */
export type Pipeline<S extends Source> = {
  readonly source: S;
  readonly progress: Progress;
  /** Resolves when the source has ended or the stop has drained. */
  readonly run: (stop: AbortSignal) => Promise<void>;
};

/**
 * Brings the database to the present schema, makes the columns of the user's own functions, and registers the target.
 * Answers the migrations applied.
 */
export async function prepareDatabase({ own = [], ...parts }: DatabaseParts) {
  const client = await reachDatabase(parts.database, `${parts.groupId}/setup`, (line) => parts.logger.warn({}, line));
  try {
    const applied = await migrate(client);
    sayOwnFunctions(parts.logger, await prepareOwnColumns(client, own));
    await registerTarget(client, withDeletes(usersEnriched, parts.deletes), parts.orderBy);
    return applied;
  } finally {
    await client.end();
  }
}

/** Throws when the table is written in another way or fed from another topic. Changes nothing. */
export async function checkFeed(
  parts: Pick<PipelineParts, 'database' | 'groupId' | 'orderBy' | 'deletes' | 'logger'>,
  source: FeedSource,
): Promise<void> {
  const { database, groupId, orderBy, deletes, logger } = parts;
  const client = await reachDatabase(database, `${groupId}/setup`, (line) => logger.warn({}, line));
  try {
    await checkTarget(client, withDeletes(usersEnriched, deletes), orderBy, source);
  } finally {
    await client.end();
  }
}

/** A pipeline that reads a file or standard input. */
export const filePipeline = (
  parts: PipelineParts,
  path: string,
  onLostPosition: OnLostPosition = 'fail',
): Pipeline<FileSource> =>
  assemble(
    parts,
    (window) => {
      const { database, groupId, orderBy, logger } = parts;
      const claims = postgresClaims(database, groupId, orderBy, { logger });
      const csv = csvFormat(parts.map, orderBy);
      return new FileSource({ path, runId: randomUUID(), claims, window, clock: Date, logger, csv, onLostPosition });
    },
    async ({ topic }) => ({ kind: 'file', topic }),
  );

/** What a Kafka pipeline needs beside its parts. */
export type KafkaParts = Values<'topic' | 'from'> &
  Partial<Values<'fetchMinBytes' | 'onLostPosition'>> & { readonly kafka: Kafka; readonly admin: Admin };

/** A pipeline that reads a topic, which must exist. */
export const kafkaPipeline = (
  parts: PipelineParts,
  { fetchMinBytes, onLostPosition = 'fail', ...kafkaParts }: KafkaParts,
): Pipeline<KafkaSource> => {
  const { groupId, logger, database, orderBy, deletes } = parts;
  const { kafka, admin, topic, from } = kafkaParts;
  const expiry = new GuardExpiry({ database, pipeline: groupId, logger });
  const pipeline = assemble(
    parts,
    (window, events) =>
      new KafkaSource({
        kafka,
        topics: { kind: 'one', topic },
        from,
        onLostPosition,
        groupId,
        logger,
        events,
        window,
        claims: postgresClaims(database, groupId, orderBy, {
          logger,
          ...(deletes === 'hard' ? { afterwards: expiry.afterClaim } : {}),
        }),
        ...(fetchMinBytes === undefined ? {} : { consumer: { minBytes: fetchMinBytes } }),
      }),
    async () => {
      const { clusterId } = await admin.describeCluster();
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

/** Makes sure that the topic is there, and says so when it had to be made. */
export async function prepareTopic(admin: Admin, logger: Logger, topic: string, partitions: number) {
  const made = await ensureTopic(admin, topic, { partitions });
  if (made) logger.info({ topic, partitions }, 'created the topic');
}

/** The stream of a pipeline's events, to which its log and its counts listen. */
export function eventsOf({ logger, onCommitted }: Pick<PipelineParts, 'logger' | 'onCommitted'>, progress: Progress) {
  const events = new EventStream();
  events.subscribe(logEvents(logger));
  events.subscribe((event) => {
    if (event.type !== 'committed') return;
    progress.add(event);
    onCommitted?.(event);
  });
  return events;
}

function assemble<S extends Source>(
  parts: PipelineParts,
  makeSource: (window: Window, events: Events) => S,
  feed: (source: S) => Promise<FeedSource>,
): Pipeline<S> {
  const { database, groupId, orderBy, onTooLong, lanes, maxRecords, windowBytes, logger, breaker, replaced } = parts;
  const { own = [] } = parts;
  const table = withDeletes(usersEnrichedWith(own.map(({ definition }) => definition)), parts.deletes);
  const progress = new Progress(Date);
  const events = eventsOf(parts, progress);
  const source = makeSource(replaced?.window ?? new Window(windowBytes), events);
  const sink = new PostgresSink({
    database,
    pipeline: groupId,
    rows: oneTable(table),
    ...(replaced?.sink ? { parts: replaced.sink } : {}),
  });
  const graph = enrichmentGraph({
    source,
    sink,
    events,
    lanes,
    breaker,
    transactionRecords: maxRecords,
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
    const client = await reachDatabase(database, `${groupId}/setup`, (line) => logger.warn({}, line));
    try {
      // A worker may have been started again since a file was added or changed.
      if (own.length > 0) sayOwnFunctions(logger, { ...(await prepareOwnColumns(client, own)), removed: [] });
      await registerSource(client, table.name, origin);
    } finally {
      await client.end();
    }
    keepHeapSmall();
    await runGraph({ graph, source, sink, stop, events });
  };
  return { source, progress, run };
}
