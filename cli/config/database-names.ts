/**
 * The environment variables that name databases. Options, messages, `config check` and the docs read this table. The PG*
 * variables complete an address of PostgreSQL, as they do for psql: `engines/postgres/connection/libpq/keywords.ts`.
 */

/** Variables of one endpoint, the preferred one first. `formerUrl` are names of earlier versions for `url`. */
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
  /** The database that changes are captured from. */
  source: { url: ['SOURCE_DB_URL'], formerUrl: ['SOURCE_URL'] },
  /** The database that Sluice writes into, whichever verb writes. */
  target: { url: ['TARGET_DB_URL'] },
  /** The same, part by part, for enrichment and the verbs that look at it. */
  enrichment: {
    formerUrl: ['DATABASE_URL'],
    host: ['POSTGRES_HOST'],
    port: ['POSTGRES_PORT'],
    database: ['POSTGRES_DB', 'POSTGRES_DATABASE'],
    user: ['POSTGRES_USER'],
    password: ['POSTGRES_PASSWORD'],
  },
  /** The same, part by part, for a replication. */
  replica: {
    formerUrl: ['TARGET_URL'],
    host: ['TARGET_DB_HOST'],
    port: ['TARGET_DB_PORT'],
    database: ['TARGET_DB_NAME'],
    user: ['TARGET_DB_USER'],
    password: ['TARGET_DB_PASSWORD'],
  },
  /** The endpoint that is MySQL or MariaDB. No verb reads them yet. */
  mysql: {
    host: ['MYSQL_HOST'],
    port: ['MYSQL_PORT'],
    database: ['MYSQL_DATABASE'],
    user: ['MYSQL_USER'],
    password: ['MYSQL_PASSWORD'],
  },
} as const satisfies { readonly [endpoint: string]: EndpointNames };

/** Variables of MySQL that are set. */
export const mysqlVariables = (env: NodeJS.ProcessEnv): readonly string[] =>
  Object.values(databaseNames.mysql)
    .flat()
    .filter((name) => env[name]);
