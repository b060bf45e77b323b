/**
 * Opens a session like libpq: tries one server after the other, each with and without TLS in the order of `sslmode`.
 * Source: PostgreSQL 18, "Connection Strings" and "SSL Support" of the chapter on libpq.
 */
import pg from 'pg';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { diagnose } from '../errors.ts';
import { demandAuthentication } from './auth-demands.ts';
import type { Database, Server, Timeouts } from './connection.ts';
import { hangUp } from './hang-up.ts';
import { isSocket } from './libpq/address.ts';
import type { Tls } from './libpq/tls.ts';
import { socketTo } from './socket.ts';
import { tlsConnection } from './tls-connection.ts';

/** The name of the session, and its timeouts. */
export type SessionOptions = { readonly name: string; readonly limits: Pick<Timeouts, 'connect' | 'answer'> };

/** Silence until the first TCP keepalive probe. */
const defaultKeepAliveMs = 10_000;

/** Opens a session, which the caller ends. Rejects with the error of the last server that was tried. */
export async function openSession(database: Database, options: SessionOptions): Promise<pg.Client> {
  const servers = [database, ...(database.others ?? [])];
  if (database.shuffled) shuffle(servers);
  const wanted = database.sessionAttributes;
  let failure: unknown;
  // prefer-standby tries all servers a second time, and then accepts any.
  for (const kind of wanted === 'prefer-standby' ? (['standby', undefined] as const) : [wanted]) {
    for (const server of servers) {
      try {
        const client = await openOn(server, database, options);
        if (kind === undefined || (await isOfKind(client, kind))) return client;
        await hangUp(client);
        failure = notOfKind(server, kind);
      } catch (error) {
        // Only an unreachable or starting server leads to the next one. A refused login ends the search.
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
      throw first === undefined ? error : explained(error, server, first);
    return attempt(server, database, options, second === 'plain' ? undefined : second).catch((again: unknown) => {
      // If both fail, a login error of the first attempt explains more than the second error.
      throw error instanceof pg.DatabaseError ? error : again;
    });
  }
}

/** Attempts with or without TLS, in the order of the mode. Unix sockets are never encrypted. */
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
    // A function, because the driver would replace an empty password by PGPASSWORD.
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
  // The driver always reads these two from the environment.
  Object.assign((client as unknown as Filled).connectionParameters, { options, replication: undefined });
  const refusal = demandAuthentication(client, database, tls !== undefined);
  // An error between two queries has no promise to reject. The next query on this client fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // The login may succeed before the refusal destroys the connection.
    const refused = refusal();
    if (refused !== undefined) throw refused;
    return client;
  } catch (error) {
    void hangUp(client);
    throw refusal() ?? error;
  }
}

/** A property of the driver's client that its types omit. */
type Filled = { readonly connectionParameters: { options?: string; replication?: string } };

const refusesTls = /does not support SSL|error establishing an SSL connection/;

/** A second attempt may help after a refused login or a failed handshake, but not at an unreachable server. */
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

/** Turns a failed TLS handshake into a `PipelineError` with advice. */
function explained(error: unknown, { host, port }: Server, { mode }: Tls): unknown {
  const where = `PostgreSQL at ${host}:${port}`;
  if (refusesTls.test(messageOf(error))) {
    return new PipelineError('tls_refused', `${where} offers no TLS, which sslmode=${mode} asks for`, {
      advice: 'Turn it on there (ssl = on), or give the address sslmode=prefer, which does without where it must.',
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
    `PostgreSQL at ${host}:${port} is not ${kind}, which target_session_attrs wants`,
    {
      advice: 'Name further hosts, by comma, or another target_session_attrs.',
    },
  );

function shuffle(servers: Server[]): void {
  for (let last = servers.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [servers[last], servers[other]] = [servers[other] as Server, servers[last] as Server];
  }
}
