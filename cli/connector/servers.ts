/** Chooses the Kafka Connect and the source of the connector commands: flag, environment, file, local stack, default. */
import { type ConnectClient, connectClient } from '../../adapters/kafka-connect/client.ts';
import type { ConnectorDatabase } from '../../engines/postgres/capture/connector-config.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { isSocket } from '../../engines/postgres/connection/libpq/address.ts';
import { parseConnectionString } from '../../engines/postgres/connection/libpq/connection-string.ts';
import type { Settings } from '../../engines/postgres/connection/libpq/keywords.ts';
import { DEFAULT_DIR, readStack, stackEnv } from '../../stack/stack.ts';
import { flagOrVariable } from '../options/named-by.ts';
import { UsageError } from '../options/option.ts';
import { options, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { localServer } from '../servers/local-server.ts';
import { completeAddress, describeProvenance } from '../servers/servers.ts';

/** Chooses the Kafka Connect and reports it with its origin. Throws `local_stack_stopped`. */
export function chooseConnect({ connectUrl }: Values<'connectUrl'>, context: Context): ConnectClient {
  const local = connectUrl === undefined && localServer('connect') ? localConnectUrl() : undefined;
  const client = connectClient(connectUrl ?? local ?? new URL('http://localhost:8083'), context.printError);
  const why = connectUrl === undefined ? (local === undefined ? 'default' : 'local stack') : context.origins.connectUrl;
  context.printError(`Kafka Connect ${client.url} (${describeProvenance(why ?? 'default')})`);
  return client;
}

/** Returns the URL of the local stack's Kafka Connect; undefined when the stack has none. */
export function localConnectUrl(): URL | undefined {
  const local = localEnv().KAFKA_CONNECT_URL;
  return local === undefined ? undefined : new URL(local);
}

/** Returns the address of the source; undefined when none is named. */
export function findSource({ sourceUrl }: Values<'sourceUrl'>): Settings | undefined {
  const local = sourceUrl === undefined ? localEnv().SOURCE_DB_URL : undefined;
  return sourceUrl ?? (local === undefined ? undefined : parseConnectionString(local));
}

/** Returns the address of the source. Throws UsageError when none is named, `local_stack_stopped` when the stack is stopped. */
export function chooseSource(values: Values<'sourceUrl'>): Settings {
  const source = findSource(values);
  if (source !== undefined) return source;
  localServer('source');
  throw new UsageError('--source-db (SOURCE_DB_URL) is needed: the PostgreSQL to replicate from');
}

const localEnv = (): Record<string, string> => stackEnv(readStack(DEFAULT_DIR) ?? { dir: DEFAULT_DIR });

/** Returns the source as this process connects to it. Throws UsageError when the address lacks a user or a database. */
export function sourceDatabase(source: Settings, context: Context): Database {
  const origin = context.origins.sourceUrl;
  const isNamed = origin !== undefined && origin !== 'default';
  const place = () =>
    isNamed
      ? (context.settings?.sourceUrl?.place ?? flagOrVariable(options.sourceUrl, origin, context.env))
      : undefined;
  const database = completeAddress(source, { port: 5432, database: '', user: '' }, context, place);
  if (database.database === '' || database.user === '')
    throw new UsageError('--source-db needs user and database: postgresql://user:password@host:port/database');
  return database;
}

/**
 * Returns the source as Kafka Connect connects to it, which may need another address. Throws UsageError for a socket or
 * several hosts, which Debezium's driver does not support.
 */
export function connectorDatabase(
  source: Settings,
  database: Database,
  address: readonly string[] | undefined,
): ConnectorDatabase {
  const [host = database.host, port = String(database.port)] = address?.[0]?.split(':') ?? [];
  if (isSocket(host) || (database.others && address === undefined))
    throw new UsageError('Kafka Connect reaches one server by host and port: name it by --source-address <host:port>');
  return {
    host,
    port: Number(port),
    database: database.database,
    user: database.user,
    password: database.password ?? '',
    sslmode: database.tls?.mode ?? 'disable',
    files: Object.fromEntries(
      ['sslrootcert', 'sslcert', 'sslkey', 'sslpassword'].flatMap((keyword) => {
        const value = source[keyword];
        return value === undefined || value === 'system' ? [] : [[keyword, value]];
      }),
    ),
  };
}
