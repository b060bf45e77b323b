/** Changes the stored progress of a stopped pipeline in MySQL and MariaDB. */
import type { OrderBy } from '../../schemas/order-by.ts';
import type { PipelineAdmin } from '../pipeline-admin.ts';
import { resetCheckpoints } from '../sink/reset.ts';
import { removePipeline } from './checkpoint/pipelines.ts';
import type { MysqlDatabase } from './connection/database.ts';
import { writingSessions } from './connection/running.ts';
import type { Session } from './connection/session.ts';
import { mysqlEngine } from './engine.ts';
import { dropUnusedDatabase, forgetTables, tablesOnlyOf } from './schema/replica-bookkeeping.ts';
import { hasTable } from './schema/schema-state.ts';

/** Returns the changes over a session of this database. */
export const pipelineAdmin = (database: MysqlDatabase, session: Session): PipelineAdmin => {
  const isThere = () => hasTable(session, 'checkpoint');
  return {
    writers: async (pipeline) => ((await isThere()) ? writingSessions(session, pipeline) : []),
    reset: async (pipeline, reset, logger) =>
      resetCheckpoints(mysqlEngine(database, { logger }), pipeline, reset, await orderOfTopic(session, reset.topic)),
    remove: (pipeline, withDeadLetters) => removePipeline(session, pipeline, withDeadLetters),
    // Foreign keys are checked by no session of a lane, so that none is removed.
    constraintsOff: async () => [],
    restoreConstraints: async () => undefined,
    tablesOnlyOf: async (pipeline) => ((await isThere()) ? tablesOnlyOf(session, pipeline) : []),
    forgetTables: (tables) => forgetTables(session, tables),
    dropIfUnused: () => dropUnusedDatabase(session),
  };
};

/** The order of the events that a topic brings; `sequence` if no table is registered for it. */
async function orderOfTopic(session: Session, topic: string): Promise<OrderBy> {
  const [row] = await session.rows<{ order: OrderBy }>(
    `select order_by as \`order\` from ${session.own('target')} where topic = ? order by order_by = 'offset' desc limit 1`,
    [topic],
  );
  return row?.order ?? 'sequence';
}
