/** Tells databases apart, whatever address leads to them. A database that is its own source would replicate forever. */
import type pg from 'pg';
import { type Database, withConnection } from './connection.ts';

type Identity = { readonly system: string | null; readonly database: string; readonly oid: string };

/** `system` is the identifier that initdb gives a cluster; null if this user may not read it. */
const query = `
  select case when has_function_privilege('pg_control_system()', 'execute')
              then (select system_identifier::text from pg_control_system()) end as system,
         current_database() as database, (select oid::text from pg_database where datname = current_database()) as oid`;

/** A text that no other database has. Without the right to read the cluster's identifier, `server` stands for it. */
export async function describeIdentity(client: pg.Client, server: string): Promise<string> {
  const [found] = (await client.query<Identity>(query)).rows;
  return `PostgreSQL ${found?.system ?? server}/${found?.database}`;
}

/** The longest wait for each database. */
const timeoutMs = 5_000;

const identityOf = async (database: Database): Promise<Identity | undefined> => {
  try {
    const quick = { ...database, timeouts: { ...database.timeouts, connect: timeoutMs, answer: timeoutMs } };
    return await withConnection(quick, 'identity', async (client) => (await client.query<Identity>(query)).rows[0]);
  } catch {
    // Later connections report an unreachable database.
    return undefined;
  }
};

/** Whether both addresses lead to the same database. If one of them does not respond, only host, port and name are compared. */
export async function isSameDatabase(one: Database, other: Database): Promise<boolean> {
  if (one.host === other.host && one.port === other.port) return one.database === other.database;
  const [a, b] = await Promise.all([identityOf(one), identityOf(other)]);
  return a !== undefined && b !== undefined && a.system !== null && a.system === b.system && a.oid === b.oid;
}
