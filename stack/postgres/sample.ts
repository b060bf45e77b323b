/** Sample tables in the stack's source database, so that there is something to replicate. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { HOST } from '../processes/ports.ts';
import type { PostgresServer } from '../state/state.ts';

const sampleFile = join(import.meta.dirname, '..', '..', 'data', 'sample_source.sql');

/** Whether anybody has made something in the database: tables, views, sequences, types. */
const madeByUser = `
  select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%')
      or exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace
                 where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%') as made`;

/** Statements may take so long, in milliseconds. */
const statementLimit = 60_000;

/** Makes the sample tables where the database is empty, all of them or none. Reports it where it did. */
export async function loadSample(server: PostgresServer, report: (line: string) => void): Promise<void> {
  const { port, user, password, database } = server;
  const client = new pg.Client({
    host: HOST,
    port,
    user,
    password,
    database,
    connectionTimeoutMillis: 10_000,
    query_timeout: statementLimit,
    application_name: 'sluice-stack',
  });
  // A connection that breaks in between is reported by the query that fails.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ made: boolean }>(madeByUser);
    if (rows[0]?.made) return;
    // Several statements in one message are one transaction.
    await client.query(await readFile(sampleFile, 'utf8'));
    report(
      `source PostgreSQL: made the sample tables of data/sample_source.sql in ${database}; --no-sample leaves it empty`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
