/**
 * A session of `sluice sql` on PostgreSQL. A read-only transaction has a snapshot before the statement runs: the server then
 * refuses every change in it, and refuses to make it writable.
 */
import pg from 'pg';
import type { PipelineError } from '../../../pipeline/errors.ts';
import type { Say } from '../../../pipeline/waiting.ts';
import type { SqlSession, SqlSessionOptions, StatementRefusal } from '../../sql-session.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { reachDatabase } from '../connection/reach.ts';
import { olderSchema, readApplied, refuseApplied } from '../schema/schema-state.ts';
import { execute } from './execute.ts';

/** Opens the session. */
export async function openSqlSession(database: Database, options: SqlSessionOptions, say: Say): Promise<SqlSession> {
  const { write, timeoutMs, notice } = options;
  // The timeout limits the statement. Reading its result has no limit.
  const unlimited = { ...database, timeouts: { ...database.timeouts, answer: 0 } };
  const client = await reachDatabase(unlimited, 'sql', say);
  client.on('notice', ({ severity, message }) => notice(`${severity ?? 'NOTICE'}: ${message ?? ''}`));
  await client.query(`set statement_timeout = ${timeoutMs}; set bytea_output = 'hex'`);
  const { stream } = client.connection;
  return {
    begin: async () => {
      await client.query(write ? 'begin' : 'begin transaction read only; select 1');
    },
    execute: (statement, receiver) => execute(client, statement, receiver),
    // An explicit COMMIT reports a failed commit.
    commit: async () => {
      if (client.getTransactionStatus() !== 'I') await client.query('commit');
    },
    flow: (go) => void (go ? stream.resume() : stream.pause()),
    cancel: () => cancel(database, client),
    destroy: () => void stream.destroy(),
    close: () => client.end().catch(() => undefined),
    refusalOf: (error) => refusalOf(error, write),
    schemaFault: (error) => schemaFault(database, error),
    rolledBack: 'Nothing was changed: several statements run as one transaction.',
  };
}

async function cancel(database: Database, client: pg.Client): Promise<void> {
  const { processID } = client as pg.Client & { processID: number };
  await withConnection(database, 'sql/cancel', (other) => other.query('select pg_cancel_backend($1)', [processID]));
}

function refusalOf(error: unknown, write: boolean): StatementRefusal | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  const { message, code = '', position, hint } = error;
  const advice = adviceFor(code, write) ?? hint;
  return {
    message,
    code,
    ...(position === undefined ? {} : { position: Number(position) }),
    ...(advice === undefined ? {} : { advice }),
  };
}

function adviceFor(code: string, writing: boolean): string | undefined {
  if (code === '25006' && !writing) return '`--write` lets a statement change the database.';
  if (code === '25006') return 'The server is read-only, perhaps a standby; connect to the primary.';
  if (code === '25001' && !writing) return 'Without `--write` every statement runs in a read-only transaction.';
  if (code === '25001') return 'Run it alone: several statements run as one transaction.';
  if (code === '57014') return '`--timeout` sets how long a statement may take.';
  return undefined;
}

/** SQLSTATEs of a missing table, column or function. */
const missingObjectStates = new Set(['42P01', '42703', '42883']);

async function schemaFault(database: Database, error: unknown): Promise<PipelineError | undefined> {
  if (!(error instanceof pg.DatabaseError) || !missingObjectStates.has(error.code ?? '')) return undefined;
  // A separate session, because the one of the statement is in a failed transaction or busy. Errors are ignored here: the
  // error of the statement is printed.
  const applied = (await withConnection(database, 'sql/schema', readApplied).catch(() => null)) ?? [];
  return applied.length === 0 ? undefined : (refuseApplied(applied) ?? olderSchema(applied));
}
