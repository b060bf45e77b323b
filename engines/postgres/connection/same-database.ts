/** Whether two addresses lead to one database: a replica of itself would feed itself for ever. */
import { type Database, withConnection } from './connection.ts';

type Identity = { readonly system: string | null; readonly database: string; readonly oid: string };

/** The cluster by the number it got when it was made; not everybody may ask for that. */
const query = `
  select case when has_function_privilege('pg_control_system()', 'execute')
              then (select system_identifier::text from pg_control_system()) end as system,
         current_database() as database, (select oid::text from pg_database where datname = current_database()) as oid`;

/** Milliseconds for each of the two to answer. */
const patience = 5_000;

const identityOf = async (database: Database): Promise<Identity | undefined> => {
  try {
    const quick = { ...database, timeouts: { ...database.timeouts, connect: patience, answer: patience } };
    return await withConnection(quick, 'identity', async (client) => (await client.query<Identity>(query)).rows[0]);
  } catch {
    // Whether it can be reached is for others to tell.
    return undefined;
  }
};

/** True when they are one. A database that does not answer is told from the other by its address. */
export async function isSameDatabase(one: Database, other: Database): Promise<boolean> {
  if (one.host === other.host && one.port === other.port) return one.database === other.database;
  const [a, b] = await Promise.all([identityOf(one), identityOf(other)]);
  return a !== undefined && b !== undefined && a.system !== null && a.system === b.system && a.oid === b.oid;
}
