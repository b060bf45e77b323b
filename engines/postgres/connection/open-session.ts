/**
 * Opens a session like libpq: tries one server after another, each with or without TLS as `sslmode` says.
 * Source: PostgreSQL 18, "Connection Strings" and "SSL Support" of the chapter on libpq.
 */
import { Socket } from 'node:net';
import pg from 'pg';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { diagnose } from '../errors.ts';
import { demandAuthentication } from './auth-demands.ts';
import type { Database, Server, Timeouts } from './connection.ts';
import { hangUp } from './hang-up.ts';
import { isSocket } from './libpq/address.ts';
import type { Tls } from './libpq/tls.ts';
import { tlsConnection } from './tls-connection.ts';

/** The name of the session, and its timeouts. */
export type SessionOptions = { readonly name: string; readonly limits: Pick<Timeouts, 'connect' | 'answer'> };

/** Milliseconds of silence until the first TCP keepalive probe. */
const defaultKeepAliveMs = 10_000;

/** Opens a session, which the caller ends. Rejects with the error of the last server that was tried. */
export async function openSession(database: Database, options: SessionOptions): Promise<pg.Client> {
  const servers = [database, ...(database.others ?? [])];
  if (database.shuffled) shuffle(servers);
  const wanted = database.sessionAttributes;
  let failure: unknown;
  // With prefer-standby, the second pass over all servers accepts any kind.
  for (const kind of wanted === 'prefer-standby' ? (['standby', undefined] as const) : [wanted]) {
    for (const server of servers) {
      try {
        const client = await openOn(server, database, options);
        if (kind === undefined || (await isOfKind(client, kind))) return client;
        await hangUp(client);
        failure = notOfKind(server, kind);
      } catch (error) {
        // The next server is tried only if this one is unreachable or starting. A refused login ends the search.
        if (diagnose(error).reaction !== 'retry') throw error;
        failure = error;
      }
    }
  }
  throw failure;
}

async function openOn(server: Server, database: Database, options: SessionOptions): Promise<pg.Client> {
  const [first, second] = attemptsOf(server, database.tls);
  try {
    return await attempt(server, database, options, first);
  } catch (error) {
    if (second === undefined || !isSecondAttemptUseful(error))
      throw first === undefined ? error : withTlsAdvice(error, server, first);
    return attempt(server, database, options, second === 'plain' ? undefined : second).catch((secondError: unknown) => {
      // If the server refused the login of the first attempt, that error is more useful than the second one.
      throw error instanceof pg.DatabaseError ? error : secondError;
    });
  }
}

/** Returns the one or two attempts of an `sslmode`, with or without TLS. Unix sockets never use TLS. */
function attemptsOf({ host }: Server, tls: Tls | undefined): [Tls | undefined, (Tls | 'plain')?] {
  if (tls === undefined || isSocket(host)) return [undefined];
  if (tls.mode === 'allow') return [undefined, tls];
  return tls.mode === 'prefer' ? [tls, 'plain'] : [tls];
}

async function attempt(server: Server, database: Database, { name, limits }: SessionOptions, tls: Tls | undefined) {
  const { user, database: dbname, options = '', keepAliveMs = defaultKeepAliveMs, channelBinding } = database;
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user,
    database: dbname,
    // A function, because the driver would replace an empty password with PGPASSWORD.
    password: () => server.password ?? '',
    application_name: name,
    ssl: tls === undefined ? false : tlsConnection(tls),
    sslnegotiation: tls?.direct ? 'direct' : 'postgres',
    enableChannelBinding: tls !== undefined && channelBinding !== 'disable',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: limits.connect,
    query_timeout: limits.answer,
    keepAlive: keepAliveMs > 0,
    keepAliveInitialDelayMillis: keepAliveMs,
    stream: () => socketTo(server),
  } as pg.ClientConfig);
  // The driver always reads these two from the environment, so they are overwritten.
  Object.assign((client as unknown as Filled).connectionParameters, { options, replication: undefined });
  const refusal = demandAuthentication(client, database, tls !== undefined);
  // An error between two queries is ignored, because the next query on this client fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // The login may have succeeded before the refusal destroys the connection.
    const refused = refusal();
    if (refused !== undefined) throw refused;
    return client;
  } catch (error) {
    void hangUp(client);
    throw refusal() ?? error;
  }
}

/** Returns a socket for the driver that connects to `address` if there is one, so that the driver does not look up the host. */
function socketTo({ port, address }: Server): Socket {
  const socket = new Socket();
  if (address === undefined) return socket;
  const connect = socket.connect.bind(socket);
  socket.connect = () => connect({ host: address, port });
  return socket;
}

/** A property of the driver's client that its types omit. */
type Filled = { readonly connectionParameters: { options?: string; replication?: string } };

const refusesTls = /does not support SSL|error establishing an SSL connection/;

/** Whether a second attempt can succeed: after a refused login or a failed handshake, but not at an unreachable server. */
const isSecondAttemptUseful = (error: unknown): boolean => {
  if (error instanceof PipelineError) return false;
  if (error instanceof pg.DatabaseError) return /^28/.test(error.code ?? '');
  return (
    !/^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES)$/.test(codeOf(error)) &&
    !/timeout expired/.test(messageOf(error))
  );
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Returns a `PipelineError` with advice for a failed TLS handshake, and any other error unchanged. */
function withTlsAdvice(error: unknown, { host, port }: Server, { mode }: Tls): unknown {
  const where = `PostgreSQL at ${host}:${port}`;
  if (refusesTls.test(messageOf(error))) {
    return new PipelineError('tls_refused', `${where} does not offer TLS, which sslmode=${mode} requires`, {
      advice:
        'Enable TLS on the server (ssl = on), or use sslmode=prefer, which connects without TLS if the server does not offer it.',
      cause: error,
    });
  }
  if (
    /^(?:ERR_(?:TLS|SSL|OSSL)|UNABLE_TO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO|INVALID_CA)/.test(
      codeOf(error),
    )
  ) {
    return new PipelineError('tls_failed', `TLS with ${where} (sslmode=${mode}): ${messageOf(error)}`, {
      advice:
        'sslrootcert must name the certificate of the issuer; verify-full also compares the host name, verify-ca does not.',
      cause: error,
    });
  }
  return error;
}

type Kind = Exclude<Database['sessionAttributes'], 'prefer-standby' | undefined>;

async function isOfKind(client: pg.Client, kind: Kind): Promise<boolean> {
  const question = `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly"`;
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(question);
  const { standby = false, readOnly = false } = rows[0] ?? {};
  return { standby, primary: !standby, 'read-only': readOnly, 'read-write': !readOnly }[kind];
}

const notOfKind = ({ host, port }: Server, kind: Kind): PipelineError =>
  new PipelineError(
    'no_such_server',
    `PostgreSQL at ${host}:${port} is not ${kind}, as target_session_attrs requires`,
    {
      advice: 'Add hosts, separated by commas, or change target_session_attrs.',
    },
  );

function shuffle(servers: Server[]): void {
  for (let last = servers.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [servers[last], servers[other]] = [servers[other] as Server, servers[last] as Server];
  }
}
