/** Opens sessions of MySQL and MariaDB with the settings that Sluice relies on. */
import { connect as connectSocket, type Socket } from 'node:net';
import mysql, { type Connection, type ConnectionOptions } from 'mysql2/promise';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { exactCollation } from '../collation.ts';
import { bookkeepingOf, describeServer, type MysqlDatabase, type Timeouts, timeoutsOf } from './database.ts';
import { requireSupported, type ServerVersion } from './server-version.ts';
import { Session } from './session.ts';
import { driverTls, type Tls } from './tls.ts';

/** Milliseconds of silence until the first TCP keepalive probe. */
const keepAliveMs = 10_000;

/** What a session knows of its server, in one row. */
const facts =
  'select version(), @@version_comment, @@default_storage_engine, connection_id(), @@max_allowed_packet, @@local_infile';

/**
 * Opens a session, which the caller ends. The server shows `sluice/NAME` as `program_name` where it keeps attributes of
 * connections. Rejects with the error of the driver, or with a `PipelineError` for a server that Sluice does not support.
 */
export async function openSession(database: MysqlDatabase, name: string): Promise<Session> {
  const limits = timeoutsOf(database);
  const { connection, socket } = await connected(database, name, limits);
  try {
    // The driver's timeout for connecting ends with the login.
    const ask = (sql: string) => connection.query({ sql, timeout: limits.connect });
    const [rows] = await ask(facts);
    const [row = []] = rows as unknown[][];
    const [version = '', comment = '', storageEngine = '', id = '', maxPacket, localInfile] = row.map(String);
    const server = requireSupported({ version, comment, storageEngine }, describeServer(database));
    for (const sql of settings(server, limits)) await ask(sql);
    return new Session({
      connection,
      socket,
      server,
      id,
      bookkeeping: bookkeepingOf(database),
      maxPacketBytes: Number(maxPacket),
      takesLocalFiles: localInfile === '1',
      answerMs: limits.answer,
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Runs `work` in a new session, and always ends it. */
export async function withSession<T>(
  database: MysqlDatabase,
  name: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(database, name);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

/** Runs `work` in a transaction; rolls back when it throws. */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.run('start transaction');
  try {
    const result = await work();
    await session.run('commit');
    return result;
  } catch (error) {
    // A session that was given up has been rolled back by its server. The first error is thrown.
    await session.run('rollback').catch(() => session.destroy());
    throw error;
  }
}

type Connected = { readonly connection: Connection; readonly socket: Socket };

async function connected(database: MysqlDatabase, name: string, limits: Timeouts): Promise<Connected> {
  const { tls } = database;
  try {
    return await attempt(database, name, limits, tls);
  } catch (error) {
    const isOffered = !(error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT');
    if (tls === undefined || isOffered) throw tls === undefined ? error : withTlsAdvice(error, database, tls);
    if (tls.mode === 'PREFERRED') return await attempt(database, name, limits, undefined);
    throw new PipelineError(
      'tls_refused',
      `${describeServer(database)} does not offer TLS, which ssl-mode=${tls.mode} requires`,
      {
        advice:
          'Enable TLS at the server, or use ssl-mode=PREFERRED, which connects without TLS if the server does not offer it.',
        cause: error,
      },
    );
  }
}

async function attempt(
  database: MysqlDatabase,
  name: string,
  limits: Timeouts,
  tls: Tls | undefined,
): Promise<Connected> {
  const { host, port, user, password } = database;
  const socket = socketTo(database);
  const options: ConnectionOptions = {
    host,
    port,
    user,
    ...(password === undefined ? {} : { password }),
    database: database.database,
    charset: 'utf8mb4_bin',
    connectTimeout: limits.connect,
    // An own socket, because the driver's way to close one leaves a running query without an answer.
    stream: () => socket,
    // The driver sets IGNORE_SPACE by itself, which makes names of functions reserved words.
    flags: ['-IGNORE_SPACE'],
    connectAttributes: { program_name: `sluice/${name}` },
    rowsAsArray: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    ...(tls === undefined ? {} : { ssl: driverTls(tls) }),
  };
  try {
    const connection = await mysql.createConnection(options);
    // Without a listener, an error between two queries would end the process.
    connection.on('error', () => undefined);
    return { connection, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function socketTo({ host, port, socket: path }: MysqlDatabase): Socket {
  const socket = path === undefined ? connectSocket(port, host) : connectSocket(path);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}

const seconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

/** Strict mode, because a server without it shortens and clamps values. Foreign keys are checked when tables have caught up. */
function settings({ flavor }: ServerVersion, { lock, statement, idleInTransaction }: Timeouts): readonly string[] {
  const variables = [
    `time_zone = '+00:00'`,
    `sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'`,
    'foreign_key_checks = 0',
    'autocommit = 1',
    `innodb_lock_wait_timeout = ${seconds(lock)}`,
    `lock_wait_timeout = ${seconds(lock)}`,
    ...(flavor === 'mariadb'
      ? [`max_statement_time = ${statement / 1000}`, `idle_transaction_timeout = ${seconds(idleInTransaction)}`]
      : [`max_execution_time = ${statement}`]),
  ];
  return [
    `set names utf8mb4 collate ${exactCollation[flavor]}`,
    `set session ${variables.join(', ')}`,
    'set session transaction isolation level read committed',
  ];
}

/** Returns a `PipelineError` with advice for a failed TLS handshake, and any other error unchanged. */
function withTlsAdvice(error: unknown, database: MysqlDatabase, { mode }: Tls): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^(?:HANDSHAKE_SSL_ERROR|ERR_(?:TLS|SSL|OSSL)|UNABLE_TO|CERT_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code))
    return error;
  return new PipelineError(
    'tls_failed',
    `TLS with ${describeServer(database)} (ssl-mode=${mode}): ${messageOf(error)}`,
    {
      advice:
        'ssl-ca must name the certificate of the issuer; VERIFY_IDENTITY also compares the host name, VERIFY_CA does not.',
      cause: error,
    },
  );
}
