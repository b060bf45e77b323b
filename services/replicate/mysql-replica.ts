/** MySQL and MariaDB as the target of a replication. */
import { bookkeepingOf, type MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { withSession } from '../../engines/mysql/connection/open-session.ts';
import { reachDatabase } from '../../engines/mysql/connection/reach.ts';
import { mysqlEngine } from '../../engines/mysql/engine.ts';
import { MysqlReplicaRows } from '../../engines/mysql/replica/replica-rows.ts';
import { snapshotStore } from '../../engines/mysql/replica/snapshots/reconcile.ts';
import { migrate } from '../../engines/mysql/schema/migrate.ts';
import { databasesFor } from '../../engines/mysql/schema-plan/databases.ts';
import { learning, TopicTypes } from '../../engines/postgres/replica/tables/topic-types.ts';
import { claimsOn } from '../../engines/sink/claims.ts';
import { EngineSink } from '../../engines/sink/sink.ts';
import { addCounts, zeroCounts } from '../../pipeline/batch.ts';
import { noticesTo } from '../events.ts';
import { GuardExpiry } from '../reading/guard-expiry.ts';
import { withBookkeeping } from '../target.ts';
import type { Replica } from './replica.ts';
import { settleMysqlSequences } from './settle-mysql-sequences.ts';
import { settleAtEnd, statementLimitMs } from './settle-unseen.ts';
import { SourceCatalogue } from './source-catalogue.ts';
import { requireSound } from './verify.ts';

/** Returns the replica in this database. */
export const mysqlReplica = (database: MysqlDatabase): Replica => ({
  prepare: async (name, say) => {
    const session = await reachDatabase(database, `${name}/setup`, say);
    try {
      return await migrate(session);
    } finally {
      await session.end();
    }
  },
  isSource: async () => false,
  writing: async ({ pipeline, clusterId, source, afterResnapshot, isWanted, carried, logger, parts }, admin) => {
    const types = new TopicTypes({ source, target: undefined, isWanted, logger });
    await types.learn();
    const catalogue = new SourceCatalogue(source, logger);
    await catalogue.learn();
    const engine = mysqlEngine(database, { logger });
    const expiry = new GuardExpiry({ guards: engine.guards, pipeline, logger });
    const rows = new MysqlReplicaRows({
      ...{ pipeline, clusterId, logger, afterResnapshot, policies: carried.policies },
      databaseOf: databasesFor(database.database, carried.schemas),
      typeOf: catalogue.typeOf,
      isNotNull: catalogue.isNotNull,
    });
    return {
      sink: new EngineSink({ engine, pipeline, rows, ...(parts ? { parts } : {}) }),
      claims: learning(catalogue.learning(claimsOn({ engine, pipeline, orderBy: 'lsn', logger })), types),
      decoding: types.decoding,
      during: (topics, work) => expiry.during(admin, topics, work),
    };
  },
  settle: (options) => {
    const timeouts = { ...database.timeouts, statement: statementLimitMs, answer: statementLimitMs + 10_000 };
    const store = snapshotStore(databasesFor(database.database, options.carried.schemas));
    return withSession({ ...database, timeouts }, `${options.pipeline}/settle`, (session) =>
      settleAtEnd({ session, store }, options),
    );
  },
  verify: async ({ pipeline, topics, afterResnapshot, events }) => {
    const verified = await withBookkeeping(database, `${pipeline}/verify`, async (bookkeeping) => {
      const checkpoints = await bookkeeping.checkpoints(pipeline);
      return {
        broken: [],
        deferred: (await bookkeeping.gaps(pipeline)).deferred,
        waiting: await bookkeeping.heldTables(pipeline),
        parked: await bookkeeping.deadLetters(pipeline),
        tables: new Set(checkpoints.map(({ topic }) => topic)).size,
        checked: 0,
        counts: checkpoints.reduce((sum, one) => addCounts(sum, one.counts), zeroCounts),
      };
    });
    const deferredIn = `${bookkeepingOf(database)}.row_deferred_…`;
    return requireSound(verified, { topics, afterResnapshot, deferredIn, logger: noticesTo(events) });
  },
  settleSequences: (options, isFollowed) => settleMysqlSequences(database, options, isFollowed),
});
