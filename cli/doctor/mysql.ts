/** Checks MySQL and MariaDB as a target: connection and login, settings of the server, privileges, and Sluice's own tables. */
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { withSession } from '../../engines/mysql/connection/open-session.ts';
import { describeVersion } from '../../engines/mysql/connection/server-version.ts';
import type { Session } from '../../engines/mysql/connection/session.ts';
import { errnoOf } from '../../engines/mysql/errors.ts';
import { lackingPrivileges } from '../../engines/mysql/schema/privileges.ts';
import { readApplied, requireCurrentSchema, schemaVersion } from '../../engines/mysql/schema/schema-state.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { diagnose } from '../../services/diagnose.ts';
import { type ChosenTarget, describeChosenDatabase } from '../servers/servers.ts';
import type { DatabaseReport } from './database.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** Time limit of the connection and of each query. */
const timeoutMs = 3_000;

/** The default of MariaDB. MySQL's is 64 MiB. */
const usualPacketBytes = 16 * 1024 ** 2;

/** Smaller pages cannot hold the index entries of Sluice's own tables. */
const neededPageBytes = 16 * 1024;

type ChosenMysql = Omit<ChosenTarget, 'database'> & { readonly database: MysqlDatabase };

/** Checks the database. It changes nothing. */
export async function checkMysql(chosen: ChosenMysql): Promise<DatabaseReport> {
  const { database } = chosen;
  const limits = { connect: timeoutMs, lock: timeoutMs, statement: timeoutMs, answer: timeoutMs };
  const started = Date.now();
  try {
    const findings = await withSession({ ...database, timeouts: limits }, 'doctor', async (session) => [
      ok(
        database.product,
        `${describeChosenDatabase(chosen)} answers in ${Date.now() - started} ms, ${describeVersion(session)}`,
      ),
      ...(await serverFindings(session)),
      await privilegeFinding(session, database),
      await schemaFinding(session),
    ]);
    return { findings, answers: true, own: null };
  } catch (error) {
    const answers = error instanceof PipelineError || errnoOf(error) !== undefined;
    return { findings: unreachable(chosen, error, answers), answers, own: null };
  }
}

type Settings = { readonly readOnly: string; readonly pageBytes: string };

async function serverFindings(session: Session): Promise<readonly Finding[]> {
  const [settings] = await session.rows<Settings>('select @@read_only as readOnly, @@innodb_page_size as pageBytes');
  const megabytes = (bytes: number) => `${Math.round((bytes / 1024 ** 2) * 10) / 10} MiB`;
  const { maxPacketBytes: packet } = session;
  return [
    session.takesLocalFiles
      ? ok('local_infile', 'on: rows are written by LOAD DATA')
      : note('local_infile', 'off: rows are written by INSERT, which is slower', 'SET GLOBAL local_infile = ON;'),
    packet >= usualPacketBytes
      ? ok('max_allowed_packet', megabytes(packet))
      : note(
          'max_allowed_packet',
          `${megabytes(packet)}: a larger row cannot be written`,
          `SET GLOBAL max_allowed_packet = ${usualPacketBytes};`,
        ),
    ...(Number(settings?.pageBytes) >= neededPageBytes
      ? []
      : [
          fault(
            'innodb_page_size',
            `${settings?.pageBytes}: the keys of Sluice's tables need pages of ${neededPageBytes} bytes`,
            'the size is fixed when a server is initialized: use a server with innodb_page_size = 16384 or more',
          ),
        ]),
    ...(settings?.readOnly === '0' || settings?.readOnly === 'OFF'
      ? []
      : [
          fault(
            'read_only',
            'the server is read-only, a replica perhaps',
            'name its primary, or SET GLOBAL read_only = OFF;',
          ),
        ]),
  ];
}

async function privilegeFinding(session: Session, database: MysqlDatabase): Promise<Finding> {
  const { lacking, hasRoles, user } = await lackingPrivileges(session, database.database);
  if (lacking.length === 0)
    return ok('privileges', `${user} may make and change tables in ${database.database} and ${session.bookkeeping}`);
  const sentence = `${user} lacks ${lacking.map(({ database: name, privileges }) => `${privileges.join(', ')} on ${name}`).join('; ')}`;
  const fix = lacking.map(({ grant }) => grant).join(' ');
  // Privileges of roles are not in the tables that were read.
  return hasRoles ? note('privileges', `${sentence}, unless a role has it`, fix) : fault('privileges', sentence, fix);
}

async function schemaFinding(session: Session): Promise<Finding> {
  try {
    const applied = await readApplied(session);
    if (applied === null)
      return note('schema', 'there is none yet; the first `npx sluice load` or `npx sluice replicate` creates it');
    await requireCurrentSchema(session);
    return ok('schema', `version ${schemaVersion(applied)}, the newest`);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return fault('schema', error.message, error.advice);
  }
}

function unreachable(chosen: ChosenMysql, error: unknown, answers: boolean): readonly Finding[] {
  const { database } = chosen;
  const what = answers ? 'refuses the session' : 'does not answer';
  const { advice } = error instanceof PipelineError ? error : diagnose(error);
  const fixes: { readonly [errno: number]: string } = {
    1045: `correct user and password in the address: ${database.product.toLowerCase()}://USER:PASSWORD@HOST/DATABASE`,
    1044: `GRANT ALL ON \`${database.database}\`.* TO the user`,
    1049: `CREATE DATABASE \`${database.database}\`; or correct the name in the address`,
  };
  return [
    fault(
      database.product,
      `${describeChosenDatabase(chosen)} ${what}: ${messageOf(error)}`,
      fixes[errnoOf(error) ?? 0] ?? (advice || 'check host and port in TARGET_DB_URL, and that the server runs'),
    ),
    note('schema', 'schema, settings and privileges skipped: no connection'),
  ];
}
