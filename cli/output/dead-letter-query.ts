/** The command that shows a pipeline's dead letters, as messages name it. */
import pg from 'pg';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { ChosenDatabase } from '../servers/servers.ts';

/** Whose dead letters, and where they are. Can be sent to another process. */
export type DeadLetterQuery = {
  readonly pipeline: string;
  /** Named in the command where `sluice sql` would choose another database by itself; never with a password. */
  readonly databaseUrl?: string;
};

/** The query of a pipeline. A database that a flag or the options of a target named has to be named again. */
export function deadLettersOf(
  pipeline: string,
  { database, provenance }: ChosenDatabase,
  isTarget = false,
): DeadLetterQuery {
  const found = provenance === 'local stack' || (!isTarget && provenance !== 'flag');
  return found ? { pipeline } : { pipeline, databaseUrl: urlOf(database) };
}

/** `npx sluice sql "SELECT …"`: the reasons of the pipeline's dead letters, of all or of those parked since a moment. */
export function deadLetterCommand({ pipeline, databaseUrl }: DeadLetterQuery, since?: string): string {
  const parkedSince = since === undefined ? '' : ` AND parked_at >= ${pg.escapeLiteral(since)}`;
  const statement =
    'SELECT code, field, min(reason) AS example, count(*) FROM sluice.dead_letter ' +
    `WHERE pipeline = ${pg.escapeLiteral(pipeline)}${parkedSince} GROUP BY 1, 2 ORDER BY 4 DESC`;
  return sqlCommand(statement, databaseUrl);
}

/** Throws `records_parked`, exit 3, when there were any. */
export function requireNoneParked(parked: number): void {
  if (parked === 0) return;
  throw new PipelineError('records_parked', `${parked} ${parked === 1 ? 'record was' : 'records were'} parked`, {
    advice: '--fail-on-parked makes that a failure. All of them are in sluice.dead_letter; everything else is durable.',
    kind: 'counters',
  });
}

/** A statement as a shell takes it: a name may have quotes of its own. */
export function sqlCommand(statement: string, databaseUrl?: string): string {
  const quoted = (text: string) => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;
  const where = databaseUrl === undefined ? '' : ` --target-db ${quoted(databaseUrl)}`;
  return `npx sluice sql${where} ${quoted(statement)}`;
}

function urlOf({ host, port, database, user }: Database): string {
  const address = host.includes(':') ? `[${host}]` : host;
  return `postgresql://${encodeURIComponent(user)}@${address}:${port}/${encodeURIComponent(database)}`;
}
