/** Checks PostgreSQL: connection and login, encoding, privileges of the user, and the schema. */
import pg from 'pg';
import { hangUp } from '../../engines/postgres/connection/hang-up.ts';
import { openSession } from '../../engines/postgres/connection/open-session.ts';
import { readable } from '../../engines/postgres/identifiers.ts';
import {
  type Applied,
  olderSchema,
  readApplied,
  refuseApplied,
  schemaDifferences,
} from '../../engines/postgres/schema/schema-state.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Difference } from '../../schemas/catalogue.ts';
import { diagnose } from '../../services/diagnose.ts';
import { type ChosenDatabase, describeChosenDatabase, isNamed } from '../servers/servers.ts';
import { type Finding, fault, note, ok } from './finding.ts';
import { type OwnFacts, ownFacts } from './own-functions.ts';
import { migrationFindings } from './schema.ts';

/** Time limit of the connection and of each query. */
const timeoutMs = 3_000;

/** Major version of the oldest PostgreSQL in the test matrix. */
const oldestTestedVersion = 15;

/** The findings, and whether a PostgreSQL answered. A refused login counts as an answer. */
export type DatabaseReport = {
  readonly findings: readonly Finding[];
  readonly answers: boolean;
  /** Null if the schema is not current. */
  readonly own: OwnFacts | null;
};

/** Checks the database. It changes nothing. */
export async function checkDatabase(chosen: ChosenDatabase): Promise<DatabaseReport> {
  const { database } = chosen;
  const started = Date.now();
  let client: pg.Client | undefined;
  try {
    client = await openSession(database, { name: 'sluice/doctor', limits: { connect: timeoutMs, answer: timeoutMs } });
    const facts = await readFacts(client);
    const answers = `${describeChosenDatabase(chosen)} answers in ${Date.now() - started} ms, version ${facts.version}`;
    const own = facts.applied !== null && isCurrent(facts.applied) ? await ownFacts(client) : null;
    return { findings: findingsOf(facts, answers, database.user), answers: true, own };
  } catch (error) {
    const answers = error instanceof pg.DatabaseError || lacksPassword(error);
    return { findings: unreachable(chosen, error), answers, own: null };
  } finally {
    if (client !== undefined) void hangUp(client);
  }
}

type Facts = {
  readonly version: string;
  readonly standby: boolean;
  readonly encoding: string;
  readonly database: string;
  /** The schema of unqualified names; null when the search path names no existing schema. */
  readonly schema: string | null;
  readonly createInDatabase: boolean;
  readonly temporary: boolean;
  readonly createInSchema: boolean;
  /** Owner of Sluice's tables; null when there are none. */
  readonly owner: string | null;
  /** True if the user is the owner or a member of the owning role. */
  readonly owns: boolean | null;
  /** Applied migrations; null when there are none, or the user may not read them. */
  readonly applied: readonly Applied[] | null;
  /** Differences between the tables and what the applied migrations create. */
  readonly different: readonly Difference[];
};

const question = `
  select current_setting('server_version') as version,
         pg_is_in_recovery() as standby,
         pg_encoding_to_char(encoding) as encoding,
         datname as database,
         current_schema() as schema,
         has_database_privilege(oid, 'CREATE') as "createInDatabase",
         has_database_privilege(oid, 'TEMPORARY') as temporary,
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as "createInSchema",
         own.owner, pg_has_role(own.owner, 'USAGE') as owns
  from pg_database
  left join (select pg_get_userbyid(c.relowner) as owner
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'sluice' and c.relname = 'schema_version') own on true
  where datname = current_database()`;

async function readFacts(client: pg.Client): Promise<Facts> {
  const [facts] = (await client.query<Omit<Facts, 'applied' | 'different'>>(question)).rows;
  if (!facts) throw new Error('the server does not know the database it is connected to');
  const applied = facts.owns ? await readApplied(client) : null;
  return { ...facts, applied, different: applied === null ? [] : await schemaDifferences(client, applied) };
}

function findingsOf(facts: Facts, answers: string, user: string): Finding[] {
  return [checkServer(facts, answers), checkEncoding(facts), checkPrivileges(facts, user), ...checkSchema(facts)];
}

function checkServer({ version, standby }: Facts, answers: string): Finding {
  if (standby)
    return fault('PostgreSQL', `${answers}, but it is a read-only standby`, 'set POSTGRES_HOST to the primary');
  if (Number.parseInt(version, 10) >= oldestTestedVersion) return ok('PostgreSQL', answers);
  return note('PostgreSQL', `${answers}; nothing older than ${oldestTestedVersion} is tested`);
}

function checkEncoding({ encoding, database }: Facts): Finding {
  if (encoding === 'UTF8') return ok('encoding', 'UTF8');
  const name = `${database}_utf8`;
  const create = `npx sluice sql --write "CREATE DATABASE ${readable(name)} ENCODING 'UTF8' TEMPLATE template0"`;
  return fault(
    'encoding',
    `the database ${database} is encoded in ${encoding}, which cannot store every character`,
    `${create}, then name ${name} in POSTGRES_DB or TARGET_DB_URL`,
  );
}

const isCurrent = (applied: readonly Applied[]): boolean =>
  refuseApplied(applied) === undefined && olderSchema(applied) === undefined;

/** Checks the privileges that `sluice run` needs at every start, to bring its schema up to date. */
function checkPrivileges(facts: Facts, user: string): Finding {
  const { database, schema, createInDatabase, temporary, createInSchema, owner, owns } = facts;
  if (owner !== null && !owns) {
    const sentence = `the tables of Sluice belong to ${owner}, and ${user} may not migrate them`;
    return fault('privileges', sentence, `export POSTGRES_USER=${owner}, or the same in TARGET_DB_URL`);
  }
  const lacking = [
    ...(createInDatabase ? [] : [{ what: 'create schemas', grant: `CREATE ON DATABASE ${readable(database)}` }]),
    ...(temporary ? [] : [{ what: 'create temporary tables', grant: `TEMPORARY ON DATABASE ${readable(database)}` }]),
    // CREATE in the schema is needed only while the tables do not exist.
    ...(createInSchema || owner !== null
      ? []
      : [{ what: 'create tables', grant: `USAGE, CREATE ON SCHEMA ${readable(schema ?? 'public')}` }]),
  ];
  if (lacking.length === 0) return ok('privileges', `${user} may create the schema and write to it`);
  const grants = lacking.map(({ grant }) => `GRANT ${grant} TO ${readable(user)};`);
  const sentence = `${user} may not ${lacking.map(({ what }) => what).join(', nor ')}`;
  return fault('privileges', sentence, `as the owner of the database: ${grants.join(' ')}`);
}

function checkSchema({ applied, different, owner, owns }: Facts): Finding[] {
  if (owner !== null && !owns) return [note('schema', `not checked: its owner is ${owner}`)];
  return migrationFindings(applied, different);
}

function unreachable(chosen: ChosenDatabase, error: unknown): Finding[] {
  const { database: name, user, host } = chosen.database;
  const { code } = diagnose(error);
  const local =
    chosen.provenance === 'local stack' ? 'npx sluice stack down && npx sluice stack up' : 'npx sluice stack up';
  const isNamedServer = isNamed(chosen.provenance);
  const { password: place = 'POSTGRES_PASSWORD' } = chosen.database.namedBy ?? {};
  const password = `correct the password of user ${user} in ${place}`;
  const fixes: { readonly [code: string]: string } = {
    '28P01': password,
    '28000': `check user and encryption: pg_hba.conf of ${host} must allow ${user}; TARGET_DB_URL takes ?sslmode=require`,
    '3D000': `psql -h ${host} -p ${chosen.database.port} -U ${user} -d postgres -c "CREATE DATABASE ${readable(name)} ENCODING 'UTF8' TEMPLATE template0"`,
    '53300': 'raise max_connections of the server, or end sessions that are not needed',
    '57P03': 'wait until the server has started, then run: npx sluice doctor',
  };
  const start = isNamedServer
    ? `check host and port in TARGET_DB_URL or POSTGRES_HOST, or unset them and start a local one: ${local}`
    : local;
  const asked = lacksPassword(error);
  const what = asked || /^(28|3D)/.test(code) ? 'refuses the login' : 'does not answer';
  const why = asked ? 'it asks for a password, and there is none' : messageOf(error);
  return [
    fault(
      'PostgreSQL',
      `${describeChosenDatabase(chosen)} ${what}: ${why}`,
      asked ? `set the password of user ${user} in ${place}, or in ~/.pgpass` : (fixes[code] ?? start),
    ),
    note('schema', 'schema, encoding and privileges skipped: no connection'),
  ];
}

/** Recognizes the driver's error when the server asks for a password and none is set. */
const lacksPassword = (error: unknown): boolean => /password must be a .*string/i.test(messageOf(error));
