/** PostgreSQL as the target of a replication. */
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { isSameDatabase } from '../../engines/postgres/connection/same-database.ts';
import { postgresEngine } from '../../engines/postgres/engine.ts';
import { ReplicaRows } from '../../engines/postgres/replica/replica-rows.ts';
import { snapshotStore } from '../../engines/postgres/replica/snapshots/reconcile.ts';
import { Targets } from '../../engines/postgres/replica/tables/targets.ts';
import { learning, TopicTypes } from '../../engines/postgres/replica/tables/topic-types.ts';
import { verifyReplica } from '../../engines/postgres/replica/verify.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { claimsOn } from '../../engines/sink/claims.ts';
import { EngineSink } from '../../engines/sink/sink.ts';
import { noticesTo } from '../events.ts';
import { GuardExpiry } from '../reading/guard-expiry.ts';
import type { Replica } from './replica.ts';
import { settleSequences } from './settle-sequences.ts';
import { settleAtEnd, statementLimitMs } from './settle-unseen.ts';
import { requireSound } from './verify.ts';

/** Returns the replica in this database. */
export const postgresReplica = (database: Database): Replica => ({
  prepare: async (name, say) => {
    const client = await reachDatabase(database, `${name}/setup`, say);
    try {
      return await migrate(client, ['sluice']);
    } finally {
      await client.end();
    }
  },
  isSource: (source) => isSameDatabase(source, database),
  writing: async ({ pipeline, clusterId, source, afterResnapshot, isWanted, isFollowed, logger, parts }, admin) => {
    const types = new TopicTypes({ source, target: database, isWanted, logger });
    await types.learn();
    const engine = postgresEngine(database, { logger });
    const targets = new Targets({ source, isWanted, isFollowed, clusterId, logger });
    const rows = new ReplicaRows({ pipeline, targets, logger, afterResnapshot });
    const expiry = new GuardExpiry({ guards: engine.guards, pipeline, logger });
    return {
      sink: new EngineSink({ engine, pipeline, rows, ...(parts ? { parts } : {}) }),
      claims: learning(claimsOn({ engine, pipeline, orderBy: 'lsn', logger }), types),
      decoding: types.decoding,
      during: (topics, work) => expiry.during(admin, topics, work),
    };
  },
  settle: (options) => {
    const timeouts = { ...database.timeouts, statement: statementLimitMs, answer: statementLimitMs + 10_000 };
    return withConnection({ ...database, timeouts }, `${options.pipeline}/settle`, (session) =>
      settleAtEnd({ session, store: snapshotStore }, options),
    );
  },
  verify: async ({ pipeline, topics, afterResnapshot, events }) => {
    const ending = { topics, afterResnapshot, deferredIn: 'sluice.deferred_row', logger: noticesTo(events) };
    return requireSound(await verifyReplica(database, pipeline), ending);
  },
  settleSequences: ({ source, pipeline, events }, isFollowed) =>
    settleSequences({ source, target: database, pipeline, isFollowed }, events),
});
