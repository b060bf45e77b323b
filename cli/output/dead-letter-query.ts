/** The command that shows a pipeline's dead letters, as messages name it. */
import pg from 'pg';
import { PipelineError } from '../../pipeline/errors.ts';
import { isMysql, type TargetDatabase } from '../../services/target.ts';
import type { ChosenTarget } from '../servers/servers.ts';

/** The pipeline of the dead letters, and their database. It can be sent to another process. */
export type DeadLetterQuery = {
  readonly pipeline: string;
  /** URL without the password, if `sluice sql` would choose another database by default. */
  readonly databaseUrl?: string;
};

/** Returns the query for a pipeline. It names a database that came from a flag or from the options of a target. */
export function deadLettersOf(
  pipeline: string,
  { database, provenance }: ChosenTarget,
  isTarget = false,
): DeadLetterQuery {
  const isDefaultChoice = provenance === 'local stack' || (!isTarget && provenance !== 'flag');
  return isDefaultChoice ? { pipeline } : { pipeline, databaseUrl: urlOf(database) };
}

/** Returns `npx sluice sql "SELECT …"` for the reasons of the dead letters. `since` limits them to those parked later. */
export function deadLetterCommand({ pipeline, databaseUrl }: DeadLetterQuery, since?: string): string {
  const parkedSince = since === undefined ? '' : ` AND parked_at >= ${pg.escapeLiteral(since)}`;
  const statement =
    'SELECT code, field, min(reason) AS example, count(*) FROM sluice.dead_letter ' +
    `WHERE pipeline = ${pg.escapeLiteral(pipeline)}${parkedSince} GROUP BY 1, 2 ORDER BY 4 DESC`;
  return sqlCommand(statement, { databaseUrl });
}

/** Throws `records_parked` (exit 3) if any record was parked. */
export function requireNoneParked(parked: number): void {
  if (parked === 0) return;
  throw new PipelineError('records_parked', `${parked} ${parked === 1 ? 'record was' : 'records were'} parked`, {
    advice: '--fail-on-parked makes that a failure. All of them are in sluice.dead_letter; everything else is durable.',
    kind: 'counters',
  });
}

/** Returns the shell command that runs the statement. `writes`: the statement changes the database. */
export function sqlCommand(
  statement: string,
  { databaseUrl, writes = false }: { readonly databaseUrl?: string | undefined; readonly writes?: boolean } = {},
): string {
  const quoted = (text: string) => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;
  const where = databaseUrl === undefined ? '' : ` --target-db ${quoted(databaseUrl)}`;
  return `npx sluice sql${writes ? ' --write' : ''}${where} ${quoted(statement)}`;
}

function urlOf(target: TargetDatabase): string {
  const { host, port, database, user } = target;
  const address = host.includes(':') ? `[${host}]` : host;
  // PostgreSQL's password may come from elsewhere; that of MySQL is in the address only.
  const [scheme, login] = isMysql(target)
    ? [target.product.toLowerCase(), `${encodeURIComponent(user)}:PASSWORD`]
    : ['postgresql', encodeURIComponent(user)];
  return `${scheme}://${login}@${address}:${port}/${encodeURIComponent(database)}`;
}
