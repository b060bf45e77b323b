/**
 * Builds the enrichment pipeline from its parts: the one place where adapters meet the graph. `run` and `demo` use it.
 */

import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type pg from 'pg';
import { FileSource } from '../adapters/file/source.ts';
import { KafkaSource } from '../adapters/kafka/source/source.ts';
import { ensureTopic } from '../adapters/kafka/topics/topic.ts';
import { oneTable } from '../engines/postgres/apply/one-table.ts';
import type { MergeStatement } from '../engines/postgres/apply/staged-merge.ts';
import { checkTarget, type FeedSource, registerSource, registerTarget } from '../engines/postgres/apply/target.ts';
import type { Database } from '../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../engines/postgres/connection/reach.ts';
import { postgresEngine } from '../engines/postgres/engine.ts';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { prepareOwnColumns } from '../engines/postgres/schema/own-columns.ts';
import { claimsOn } from '../engines/sink/claims.ts';
import { EngineSink, type SinkParts } from '../engines/sink/sink.ts';
import type { UserMap } from '../formats/flat/mapped/user-map.ts';
import { enrichmentGraph } from '../pipeline/graph.ts';
import type { Logger, OnLostPosition, Source } from '../pipeline/ports.ts';
import { Progress } from '../pipeline/progress.ts';
import { runGraph } from '../pipeline/runner.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import { Window } from '../pipeline/window.ts';
import { withDeletes } from '../schemas/table-shape.ts';
import { usersEnriched, usersEnrichedWith } from '../schemas/users-enriched.ts';
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
    readonly replaced?: {
      readonly sink?: Partial<SinkParts<pg.Client>>;
      readonly merge?: MergeStatement;
      readonly window?: Window;
    };
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
      const engine = postgresEngine(database, { logger });
      const claims = claimsOn({ engine, pipeline: groupId, orderBy, logger });
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
    (window) =>
      new KafkaSource({
        kafka,
        topics: { kind: 'one', topic },
        from,
        onLostPosition,
        groupId,
        logger,
        window,
        claims: claimsOn({
          engine: postgresEngine(database, { logger }),
          pipeline: groupId,
          orderBy,
          logger,
          ...(deletes === 'hard' ? { afterClaim: expiry.afterClaim } : {}),
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

function assemble<S extends Source>(
  parts: PipelineParts,
  makeSource: (window: Window) => S,
  feed: (source: S) => Promise<FeedSource>,
): Pipeline<S> {
  const { database, groupId, orderBy, onTooLong, lanes, maxRecords, windowBytes, logger, breaker, replaced } = parts;
  const { own = [] } = parts;
  const table = withDeletes(usersEnrichedWith(own.map(({ definition }) => definition)), parts.deletes);
  const progress = new Progress(Date);
  const source = makeSource(replaced?.window ?? new Window(windowBytes));
  const sink = new EngineSink({
    engine: postgresEngine(database, { logger }),
    pipeline: groupId,
    rows: oneTable(table, replaced?.merge),
    ...(replaced?.sink ? { parts: replaced.sink } : {}),
  });
  const graph = enrichmentGraph({
    source,
    sink,
    logger,
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
  const onCommitted = (committed: Committed) => {
    progress.add(committed);
    parts.onCommitted?.(committed);
  };
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
    await runGraph({ graph, source, sink, stop, onCommitted });
  };
  return { source, progress, run };
}
