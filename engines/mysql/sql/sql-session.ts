/**
 * A session of `sluice sql` on MySQL and MariaDB. A read-only transaction refuses changes of rows and most of tables, but not
 * statements that end it or that concern the server. Without `write` only statements that read are therefore sent at all.
 */
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import type { Say } from '../../../pipeline/waiting.ts';
import type { SqlSession, SqlSessionOptions, StatementRefusal } from '../../sql-session.ts';
import type { MysqlDatabase } from '../connection/database.ts';
import { withSession } from '../connection/open-session.ts';
import { reachDatabase } from '../connection/reach.ts';
import type { Session } from '../connection/session.ts';
import { errnoOf } from '../errors.ts';
import { requireCurrentSchema } from '../schema/schema-state.ts';
import { coreOf, execute } from './execute.ts';

/** Time that the server lets a reader of rows pause, in seconds. */
const readerPauseSeconds = 86_400;

/** Opens the session. */
export async function openSqlSession(
  database: MysqlDatabase,
  { write, timeoutMs, notice }: SqlSessionOptions,
  say: Say,
): Promise<SqlSession> {
  const timeouts = { ...database.timeouts, statement: timeoutMs };
  const session = await reachDatabase({ ...database, timeouts }, 'sql', say);
  // Sessions of a replica do not check foreign keys; people expect that they are.
  await session.run(`set session foreign_key_checks = 1, net_write_timeout = ${readerPauseSeconds}`);
  const core = coreOf(session);
  return {
    begin: async () => {
      await session.run(write ? 'start transaction' : 'start transaction read only');
    },
    execute: async (statement, receiver) => {
      if (!write && !reads.test(statement)) throw notARead();
      const limit = receiver.stop === undefined ? 'default' : receiver.stop.maxRows + 1;
      await session.run(`set session sql_select_limit = ${limit}`);
      let warnings = 0;
      const outcome = await execute(session, statement, receiver, (count) => {
        warnings = count;
      });
      if (warnings > 0) await showWarnings(session, notice);
      return outcome;
    },
    commit: async () => {
      await session.run('commit');
    },
    flow: (go) => (go ? core.resume() : core.pause()),
    cancel: async () => {
      await withSession(database, 'sql/cancel', (other) => other.run(`kill query ${session.id}`));
    },
    destroy: () => session.destroy(),
    close: () => session.end(),
    refusalOf: (error) => refusalOf(error, write),
    schemaFault: (error) => schemaFault(session, error),
    rolledBack: 'Changes of rows before it were rolled back; definitions (CREATE, ALTER, DROP) commit at once.',
  };
}

/** Statements that only read, behind comments and parentheses. A comment `/*!` is code, so that no such statement begins with it. */
const reads =
  /^(?:\s|\(|#[^\n]*\n|--\s[^\n]*\n|\/\*(?![!M])[\s\S]*?\*\/)*(?:select|with|show|explain|describe|desc|table|values|checksum|help)\b/i;

/** The server's number and SQLSTATE of a statement that a read-only transaction refuses. */
const readOnlyTransaction = 1792;

const notARead = (): Error =>
  Object.assign(new Error('only statements that read are run without --write'), { errno: readOnlyTransaction });

async function showWarnings(session: Session, notice: (text: string) => void): Promise<void> {
  for (const [level, code, message] of await session.cells('show warnings')) notice(`${level}: ${message} [${code}]`);
}

function refusalOf(error: unknown, write: boolean): StatementRefusal | undefined {
  const errno = errnoOf(error);
  const isFatal = (error as { fatal?: unknown } | null)?.fatal === true;
  if (errno === undefined || isFatal) return undefined;
  const advice = adviceFor(errno, write);
  return { message: messageOf(error), code: String(errno), ...(advice === undefined ? {} : { advice }) };
}

/** Error numbers of a statement that took too long, of MariaDB and of MySQL. */
const tooLong = new Set([1969, 3024]);

function adviceFor(errno: number, writing: boolean): string | undefined {
  if (errno === readOnlyTransaction && !writing) return '`--write` lets a statement change the database.';
  if (errno === 1290 || errno === 1836) return 'The server is read-only, perhaps a replica; connect to the primary.';
  if (tooLong.has(errno)) return '`--timeout` sets how long a statement may take.';
  return undefined;
}

/** Error numbers of a missing table, column or function. */
const missingObject = new Set([1146, 1054, 1305]);

async function schemaFault(session: Session, error: unknown): Promise<PipelineError | undefined> {
  if (!missingObject.has(errnoOf(error) ?? 0)) return undefined;
  // Other errors are ignored here: the error of the statement is printed.
  return await requireCurrentSchema(session).then(
    () => undefined,
    (fault: unknown) => (fault instanceof PipelineError ? fault : undefined),
  );
}
