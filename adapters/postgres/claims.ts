/** The `Claims` port on PostgreSQL: the checkpoint table hands out partitions. */
import type { Claims } from '../../pipeline/ports.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import { type Database, withConnection } from './connection.ts';
import { claimPartitions } from './sql/claim.ts';

/** Claims for one pipeline. A session per claim: joins are rare, and a held one could go stale unnoticed. */
export const postgresClaims = (database: Database, pipeline: string, orderBy: OrderBy): Claims => ({
  claim: (request) =>
    withConnection(database, `${pipeline}/claim`, (client) => claimPartitions(client, pipeline, request, orderBy)),
});
