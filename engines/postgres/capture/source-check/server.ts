/** Checks whether the server of a source can be captured. */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { quoted } from '../../identifiers.ts';

/** The settings and privileges that decide whether a server can be captured. */
export type Server = {
  /** `server_version_num`: 150004 is 15.4. */
  readonly version: number;
  readonly walLevel: string;
  readonly slots: number;
  readonly slotLimit: number;
  readonly user: string;
  readonly database: string;
  readonly mayReplicate: boolean;
  readonly mayCreate: boolean;
  readonly standby: boolean;
};

/** Reads the settings and privileges. */
export async function readServer(client: pg.Client): Promise<Server> {
  const { rows } = await client.query<Server>(`
    select current_setting('server_version_num')::int as version, current_setting('wal_level') as "walLevel",
      (select count(*)::int from pg_replication_slots) as slots,
      current_setting('max_replication_slots')::int as "slotLimit",
      current_user as user, current_database() as database,
      exists (select from pg_roles where rolname = current_user and (rolsuper or rolreplication))
        -- Amazon RDS has this role instead of the attribute.
        or exists (select from pg_roles where rolname = 'rds_replication' and pg_has_role(oid, 'member')) as "mayReplicate",
      has_database_privilege(current_database(), 'create') as "mayCreate", pg_is_in_recovery() as standby`);
  const [server] = rows;
  if (server === undefined) throw new Error('the source returned no row about its server');
  return server;
}

/** Why the server cannot be captured with any connector settings; empty if it can. */
export function* serverFaults({ version, walLevel, user, mayReplicate, standby }: Server): Generator<PipelineError> {
  if (version < 140_000) {
    yield new PipelineError('source_too_old', `the source is PostgreSQL ${Math.floor(version / 10_000)}`, {
      advice: 'Its logical replication lacks features that Sluice needs: use PostgreSQL 14 or newer.',
    });
  }
  if (standby) {
    yield new PipelineError('source_standby', 'the source is a standby', { advice: 'Capture from its primary.' });
  }
  if (walLevel !== 'logical') {
    yield new PipelineError('wal_level', `the source has wal_level = ${walLevel}, logical is needed`, {
      advice: 'On the source: ALTER SYSTEM SET wal_level = logical; then restart that server.',
    });
  }
  if (!mayReplicate) {
    yield new PipelineError('replication_role', `user ${user} of the source may not replicate`, {
      advice: `On the source, as a superuser: ALTER ROLE ${quoted(user)} REPLICATION;`,
    });
  }
}

/** Throws the first of `serverFaults`. */
export function checkServer(server: Server): void {
  for (const fault of serverFaults(server)) throw fault;
}
