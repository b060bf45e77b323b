/** Which Kafka Connect and which source the connector commands mean: flag, environment, local stack, defaults. */
import { type ConnectClient, connectClient } from '../../adapters/kafka-connect/client.ts';
import type { ConnectorDatabase } from '../../adapters/kafka-connect/connector-config.ts';
import type { Database } from '../../adapters/postgres/connection.ts';
import { DEFAULT_DIR, readStack, stackEnv } from '../../stack/stack.ts';
import { UsageError } from '../option.ts';
import type { Values } from '../options.ts';
import type { Context } from '../verb.ts';

/** The Kafka Connect to use; says which, and why this one. */
export function chooseConnect({ connectUrl }: Values<'connectUrl'>, context: Context): ConnectClient {
  const local = connectUrl === undefined ? localConnectUrl() : undefined;
  const client = connectClient(connectUrl ?? local ?? new URL('http://localhost:8083'));
  const why = connectUrl === undefined ? (local === undefined ? 'default' : 'local stack') : context.origins.connectUrl;
  context.tell(`Kafka Connect ${client.url} (${why})`);
  return client;
}

/** Kafka Connect of the local stack, undefined when it has none. */
export function localConnectUrl(): URL | undefined {
  const local = localEnv().KAFKA_CONNECT_URL;
  return local === undefined ? undefined : new URL(local);
}

/** The URL of the source, undefined when nothing names one. */
export function findSource({ sourceUrl }: Values<'sourceUrl'>): URL | undefined {
  const local = sourceUrl === undefined ? localEnv().SOURCE_URL : undefined;
  return sourceUrl ?? (local === undefined ? undefined : new URL(local));
}

/** The URL of the source. Throws UsageError when nothing names one. */
export function chooseSource(values: Values<'sourceUrl'>): URL {
  const url = findSource(values);
  if (url === undefined) throw new UsageError('--source-url (SOURCE_URL) is needed: the PostgreSQL to replicate from');
  return url;
}

const localEnv = (): Record<string, string> => stackEnv(readStack(DEFAULT_DIR) ?? { dir: DEFAULT_DIR });

/** How this command reaches the source. */
export function sourceDatabase(url: URL): Database {
  const { host, port, database, user, password, sslmode } = parts(url);
  const strict = sslmode === 'verify-full' || sslmode === 'verify-ca';
  const encrypted = strict || sslmode === 'require';
  return { host, port, database, user, password, ...(encrypted ? { ssl: { rejectUnauthorized: strict } } : {}) };
}

/** How Kafka Connect reaches it, which may be by another address. */
export function connectorDatabase(url: URL, address: readonly string[] | undefined): ConnectorDatabase {
  const seen = parts(url);
  const [host, port] = address?.[0]?.split(':') ?? [];
  return { ...seen, ...(host === undefined ? {} : { host, port: Number(port) }) };
}

function parts(url: URL): ConnectorDatabase {
  const database = decodeURIComponent(url.pathname.slice(1));
  const user = decodeURIComponent(url.username);
  if (database === '' || user === '')
    throw new UsageError('--source-url needs user and database: postgresql://user:password@host:port/database');
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(url.port || 5432),
    database,
    user,
    password: decodeURIComponent(url.password),
    sslmode: url.searchParams.get('sslmode') ?? undefined,
  };
}
