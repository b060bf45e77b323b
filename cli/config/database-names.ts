/**
 * The environment variables that name databases. Options, messages, `config check` and the docs read this table. The PG*
 * variables complete a PostgreSQL address as in psql; see `engines/postgres/connection/libpq/keywords.ts`.
 */

/** Variables of one endpoint, the preferred one first. `formerUrl` lists names of `url` in earlier versions. */
type EndpointNames = {
  readonly url?: readonly string[];
  readonly formerUrl?: readonly string[];
  readonly host?: readonly string[];
  readonly port?: readonly string[];
  readonly database?: readonly string[];
  readonly user?: readonly string[];
  readonly password?: readonly string[];
};

export const databaseNames = {
  /** The source database of a replication. */
  source: { url: ['SOURCE_DB_URL'], formerUrl: ['SOURCE_URL'] },
  /** The target database of every verb. */
  target: { url: ['TARGET_DB_URL'] },
  /** The parts of the target for `run` and the verbs that read its tables. */
  enrichment: {
    formerUrl: ['DATABASE_URL'],
    host: ['POSTGRES_HOST'],
    port: ['POSTGRES_PORT'],
    database: ['POSTGRES_DB', 'POSTGRES_DATABASE'],
    user: ['POSTGRES_USER'],
    password: ['POSTGRES_PASSWORD'],
  },
  /** The parts of the target for `replicate`. */
  replica: {
    formerUrl: ['TARGET_URL'],
    host: ['TARGET_DB_HOST'],
    port: ['TARGET_DB_PORT'],
    database: ['TARGET_DB_NAME'],
    user: ['TARGET_DB_USER'],
    password: ['TARGET_DB_PASSWORD'],
  },
  /** A target on MySQL or MariaDB. */
  mysql: {
    host: ['MYSQL_HOST'],
    port: ['MYSQL_PORT'],
    database: ['MYSQL_DATABASE'],
    user: ['MYSQL_USER'],
    password: ['MYSQL_PASSWORD'],
  },
} as const satisfies { readonly [endpoint: string]: EndpointNames };

/** Returns the MySQL variables that are set. */
export const mysqlVariables = (env: NodeJS.ProcessEnv): readonly string[] =>
  Object.values(databaseNames.mysql)
    .flat()
    .filter((name) => env[name]);
