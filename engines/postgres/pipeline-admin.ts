/** Changes the stored progress of a stopped pipeline in PostgreSQL. */
import type pg from 'pg';
import type { PipelineAdmin } from '../pipeline-admin.ts';
import { resetCheckpoints } from '../sink/reset.ts';
import { orderOfTopic } from './checkpoint/order-of-topic.ts';
import { constraintsOff, removePipeline } from './checkpoint/pipelines.ts';
import type { Database } from './connection/connection.ts';
import { writingSessions } from './connection/running.ts';
import { postgresEngine } from './engine.ts';
import { restoreConstraints } from './replica/constraints/restore.ts';
import { dropUnusedSchema, forgetTables, tablesOnlyOf } from './schema/replica-bookkeeping.ts';

/** Returns the changes over a connection to this database. */
export const pipelineAdmin = (database: Database, client: pg.Client): PipelineAdmin => ({
  writers: async (pipeline) => (await writingSessions(client, pipeline)).map(String),
  reset: async (pipeline, reset, logger) =>
    resetCheckpoints(postgresEngine(database, { logger }), pipeline, reset, await orderOfTopic(client, reset.topic)),
  remove: (pipeline, withDeadLetters) => removePipeline(client, pipeline, withDeadLetters),
  constraintsOff: (pipeline) => constraintsOff(client, pipeline),
  restoreConstraints: async (pipeline) => {
    await restoreConstraints(client, pipeline);
  },
  tablesOnlyOf: (pipeline) => tablesOnlyOf(client, pipeline),
  forgetTables: (tables) => forgetTables(client, tables),
  dropIfUnused: () => dropUnusedSchema(client),
});
