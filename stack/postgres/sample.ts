/** Loads sample tables into the stack's source database, so that there is something to replicate. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { HOST } from '../processes/ports.ts';
import type { PostgresServer } from '../state/state.ts';

const sampleFile = join(import.meta.dirname, '..', '..', 'data', 'sample_source.sql');

/** Whether the database contains any tables, views, sequences or types of a user. */
const hasUserObjects = `
  select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%')
      or exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace
                 where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%') as has_objects`;

/** Time limit of a statement. */
const statementLimitMs = 60_000;

/** Creates the sample tables in an empty database, all of them or none, and reports it. */
export async function loadSample(server: PostgresServer, report: (line: string) => void): Promise<void> {
  const { port, user, password, database } = server;
  const client = new pg.Client({
    host: HOST,
    port,
    user,
    password,
    database,
    connectionTimeoutMillis: 10_000,
    query_timeout: statementLimitMs,
    application_name: 'sluice-stack',
  });
  // A lost connection makes the next query fail, which reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ has_objects: boolean }>(hasUserObjects);
    if (rows[0]?.has_objects) return;
    // Several statements in one query are one transaction.
    await client.query(await readFile(sampleFile, 'utf8'));
    report(
      `source PostgreSQL: made the sample tables of data/sample_source.sql in ${database}; --no-sample leaves it empty`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
