/** A migrated MySQL or MariaDB target of its own, for integration tests of the engine. */

import { mysqlAddress } from '../engines/mysql/connection/address.ts';
import type { MysqlDatabase } from '../engines/mysql/connection/database.ts';
import { openSession } from '../engines/mysql/connection/open-session.ts';
import type { Session, SqlCell, SqlValue } from '../engines/mysql/connection/session.ts';
import { mysqlEngine } from '../engines/mysql/engine.ts';
import { migrate } from '../engines/mysql/schema/migrate.ts';
import { claimsOn } from '../engines/sink/claims.ts';
import type { Claim } from '../pipeline/batch.ts';
import type { ClaimRequest, Logger } from '../pipeline/ports.ts';
import { silent } from './batches.ts';
import { freshMariadb } from './mariadb.ts';

/** A database with Sluice's own tables in it, and a session of the test. */
export type MysqlTarget = AsyncDisposable & {
  readonly database: MysqlDatabase;
  readonly session: Session;
  /** The rows of a query in the session of the test. */
  readonly rows: (sql: string, values?: readonly SqlValue[]) => Promise<readonly { [column: string]: SqlCell }[]>;
  /** Claims partitions of the topic `t` for the pipeline `p`. */
  readonly claim: (...partitions: readonly number[]) => Promise<readonly Claim[]>;
};

/** An own database on the test server. Sluice's own tables are in it too, because tests run side by side. */
export async function freshMysqlTarget(more: Partial<MysqlDatabase> = {}): Promise<MysqlTarget> {
  const fresh = await freshMariadb();
  const database = { ...mysqlAddress(fresh.url), bookkeeping: fresh.name, ...more };
  const session = await openSession(database, 'test');
  await migrate(session);
  return {
    database,
    session,
    rows: (sql, values) => session.rows(sql, values),
    claim: async (...partitions) => {
      const claimed = await mysqlClaims(database).claim(claimRequest(partitions));
      return claimed.map(({ partition, epoch, reached }, index) => ({
        topic: 't',
        partition,
        epoch,
        index,
        revoked: false,
        reached,
      }));
    },
    [Symbol.asyncDispose]: async () => {
      await session.end();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

/** A request for partitions of a topic with four of them. */
export const claimRequest = (mine: readonly number[], more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  topic: 't',
  clusterId: 'cluster',
  partitionCount: 4,
  partitions: [0, 1, 2, 3].map((partition) => ({ partition, first: 0n, later: 0n })),
  mine,
  ...more,
});

/** The claims of a pipeline on a target, ordered by sequence. */
export const mysqlClaims = (
  database: MysqlDatabase,
  pipeline = 'p',
  logger: Logger = silent,
  lockPatienceMs = 10_000,
) => claimsOn({ engine: mysqlEngine(database, { logger, lockPatienceMs }), pipeline, orderBy: 'sequence', logger });
