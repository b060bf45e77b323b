/** Proves that sessions open as in libpq: with and without TLS, through a socket, and to the right one of several servers. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { describePostgres } from '../../../test/context.ts';
import { type ExtraPostgres, extraPostgres } from '../../../test/extra-postgres.ts';
import { until } from '../../../test/sluice.ts';
import { connect, withConnection } from './connection.ts';
import { hangUp } from './hang-up.ts';
import { addressOf } from './libpq/address.ts';
import { parseConnectionString } from './libpq/connection-string.ts';

const fixture = (name: string) => join(import.meta.dirname, '../../../test/fixtures/tls', name);
const home = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
const defaults = { port: 5432, database: 'postgres', user: 'postgres' };

/** Properties of a session, as the server reports them. */
async function session(text: string, env: NodeJS.ProcessEnv = {}) {
  const { database } = addressOf(parseConnectionString(text), defaults, { HOME: home, ...env });
  return withConnection(database, 'test', async (client) => {
    const { rows } = await client.query<{ user: string; ssl: boolean; path: string; app: string; local: boolean }>(
      `select current_user as user, ssl, current_setting('search_path') as path, inet_server_addr() is null as local,
              current_setting('application_name') as app
       from pg_stat_ssl where pid = pg_backend_pid()`,
    );
    return rows[0];
  });
}

describePostgres('a session', () => {
  let server: ExtraPostgres;
  let port = '';
  let password = '';
  /** An address of the server with TLS. */
  const at = (user: string, query = '', host = 'localhost') => `postgresql://${user}@${host}:${port}/postgres${query}`;
  const me = () => `postgres:${password}`;
  const issuer = `sslrootcert=${fixture('issuer.crt')}`;

  beforeAll(async () => {
    server = await extraPostgres({ settings: { unix_socket_directories: '/tmp' } });
    ({ port, password } = new URL(server.url));
    const { database } = addressOf(parseConnectionString(server.url), defaults, { HOME: home });
    await withConnection(database, 'test', async (client) => {
      const write = (file: string, text: string) =>
        client.query(
          `copy (select unnest(string_to_array(${client.escapeLiteral(text.trimEnd())}, chr(10)))) to program 'umask 077; cat > ${file}'`,
        );
      await write('server.crt', readFileSync(fixture('server.crt'), 'utf8'));
      await write('server.key', readFileSync(fixture('server.key'), 'utf8'));
      await write('issuer.crt', readFileSync(fixture('issuer.crt'), 'utf8'));
      await write(
        'pg_hba.conf',
        [
          'local all all scram-sha-256',
          'hostssl all tls_user all cert',
          'host all tls_user all reject',
          'hostssl all only_tls all scram-sha-256',
          'hostnossl all only_plain all scram-sha-256',
          'host all plaintext all password',
          'host all trusted all trust',
          'host all postgres all scram-sha-256',
        ].join('\n'),
      );
      for (const user of ['tls_user', 'only_tls', 'only_plain', 'plaintext', 'trusted'])
        await client.query(`create user ${user} password 'secret'`);
      await client.query(`alter system set ssl_ca_file = 'issuer.crt'`);
      await client.query(`alter system set ssl = on`);
      await client.query('select pg_reload_conf()');
    });
    copyFileSync(fixture('client.key'), join(home, 'client.key'));
    chmodSync(join(home, 'client.key'), 0o600);
    const encrypted = () =>
      session(at(me(), '?sslmode=require')).then(
        (one) => one?.ssl === true,
        () => false,
      );
    await until(encrypted, 'the server offers TLS');
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(home, { recursive: true });
  });

  test.each<[string, boolean]>([
    ['', true],
    ['?sslmode=prefer', true],
    ['?sslmode=allow', false],
    ['?sslmode=disable', false],
    ['?sslmode=require', true],
    ['?sslmode=require&sslnegotiation=direct', true],
    ['?sslmode=require&ssl_min_protocol_version=TLSv1.3', true],
    ['?sslmode=require&channel_binding=require', true],
    [`?sslmode=verify-ca&${issuer}`, true],
    [`?sslmode=verify-full&${issuer}`, true],
    [`?sslmode=verify-full&${issuer}&sslcrl=${fixture('nothing-revoked.crl')}`, true],
  ])('with %s is encrypted: %s', async (query, ssl) => {
    expect(await session(at(me(), query))).toMatchObject({ ssl });
  });

  test('with verify-full checks issuer and host name, with verify-ca only the issuer', async () => {
    const by = (query: string) => session(at(me(), `?${query}`, '127.0.0.1'));
    expect(await by(`sslmode=verify-ca&${issuer}`)).toMatchObject({ ssl: true });
    await expect(by(`sslmode=verify-full&${issuer}`)).rejects.toMatchObject({ code: 'tls_failed' });
    // The certificate has the host's name, while hostaddr has the address to connect to.
    expect(await session(at(me(), `?sslmode=verify-full&${issuer}&hostaddr=127.0.0.1`))).toMatchObject({ ssl: true });
  });

  test.each(['require', 'verify-ca', 'verify-full'])(
    'with %s refuses the certificate of another issuer',
    async (mode) => {
      // As in libpq, require also checks the issuer if sslrootcert is set.
      const query = `?sslmode=${mode}&sslrootcert=${fixture('other-issuer.crt')}`;
      await expect(session(at(me(), query))).rejects.toMatchObject({
        code: 'tls_failed',
        message: expect.stringContaining(`sslmode=${mode}`),
      });
    },
  );

  test('refuses a certificate that was revoked', async () => {
    const query = `?sslmode=verify-ca&${issuer}&sslcrl=${fixture('server-revoked.crl')}`;
    await expect(session(at(me(), query))).rejects.toMatchObject({ code: 'tls_failed' });
  });

  test('trusts the issuers of the system with sslrootcert=system', async () => {
    const query = '?sslrootcert=system';
    expect(await session(at(me(), query), { SSL_CERT_FILE: fixture('issuer.crt') })).toMatchObject({ ssl: true });
    await expect(session(at(me(), query), { SSL_CERT_FILE: fixture('other-issuer.crt') })).rejects.toMatchObject({
      code: 'tls_failed',
    });
  });

  test('logs in with a client certificate', async () => {
    const query = `?sslmode=require&sslcert=${fixture('client.crt')}&sslkey=${join(home, 'client.key')}`;
    expect(await session(at('tls_user', query))).toMatchObject({ user: 'tls_user', ssl: true });
    await expect(session(at('tls_user', '?sslmode=require'))).rejects.toMatchObject({ code: '28000' });
  });

  test('with prefer and allow makes a second attempt if the server refuses the first', async () => {
    expect(await session(at('only_plain:secret'))).toMatchObject({ ssl: false });
    expect(await session(at('only_tls:secret', '?sslmode=allow'))).toMatchObject({ ssl: true });
    await expect(session(at('only_tls:secret', '?sslmode=disable'))).rejects.toMatchObject({ code: '28000' });
    await expect(session(at('only_plain:secret', '?sslmode=require'))).rejects.toMatchObject({ code: '28000' });
    await expect(session(at('postgres:wrong'))).rejects.toMatchObject({ code: '28P01' });
  });

  test('to a server without TLS opens with prefer, and fails with advice with require', async () => {
    const url = inject('databaseUrl') ?? '';
    expect(await session(url)).toMatchObject({ ssl: false });
    await expect(session(`${url}?sslmode=require`)).rejects.toMatchObject({
      code: 'tls_refused',
      message: expect.stringMatching(/^PostgreSQL at .* does not offer TLS, which sslmode=require requires$/),
    });
  });

  test('through a Unix socket is never encrypted', async () => {
    expect(await session(`postgresql://${me()}@%2Ftmp:${port}/postgres?sslmode=require`)).toMatchObject({
      ssl: false,
      local: true,
    });
    expect(await session(`postgresql://${me()}@/postgres?host=/tmp&port=${port}`)).toMatchObject({ local: true });
  });

  test('uses the password file, a service and server settings', async () => {
    writeFileSync(join(home, '.pgpass'), `localhost:${port}:*:postgres:${password}\n`, { mode: 0o600 });
    writeFileSync(
      join(home, '.pg_service.conf'),
      `[tls]\nhost=localhost\nport=${port}\nsslmode=require\nuser=postgres\n`,
    );
    expect(await session('postgresql://?service=tls&options=-csearch_path%3Dfoo')).toMatchObject({
      ssl: true,
      path: 'foo',
      app: 'sluice/test',
    });
    expect(await session(`postgresql://postgres@/postgres?host=/tmp&port=${port}`)).toMatchObject({ local: true });
    rmSync(join(home, '.pgpass'));
    await expect(session('postgresql://?service=tls')).rejects.toThrow(/password/);
  });

  test('ignores PG* variables of the process that its address does not contain', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      PGPASSWORD: password,
      PGOPTIONS: '-c search_path=wrong',
      PGSSLMODE: 'require',
      PGAPPNAME: 'wrong',
      PGHOST: 'wrong',
    });
    try {
      await expect(session(at('postgres'))).rejects.toThrow(/password/);
      expect(await session(at(me(), '?sslmode=disable'))).toMatchObject({
        ssl: false,
        path: '"$user", public',
        app: 'sluice/test',
      });
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });

  test('sends no password by a forbidden authentication method', async () => {
    const { seen, url, close } = await recorder('plaintext');
    await expect(session(`${url}?require_auth=scram-sha-256`)).rejects.toMatchObject({ code: 'login_ruled_out' });
    await expect(session(`${url}?channel_binding=require&sslmode=disable`)).rejects.toMatchObject({
      code: 'login_ruled_out',
    });
    expect(seen()).not.toContain('top-secret');
    expect(await session(`${url}?require_auth=password`).catch(String)).toMatch(/password authentication failed/);
    expect(seen()).toContain('top-secret');
    close();
    await expect(session(at('trusted', '?require_auth=!none'))).rejects.toMatchObject({ code: 'login_ruled_out' });
    expect(await session(at('trusted', '?require_auth=none'))).toMatchObject({ user: 'trusted' });
    expect(await session(at(me(), '?require_auth=scram-sha-256,md5'))).toMatchObject({ user: 'postgres' });
  });

  test('tries the next server if one is unreachable, but not if one refuses the login', async () => {
    const several = (query = '') => `postgresql://${me()}@localhost:1,localhost:${port}/postgres${query}`;
    expect(await session(several())).toMatchObject({ ssl: true });
    expect(await session(several('?target_session_attrs=read-write'))).toMatchObject({ ssl: true });
    expect(await session(several('?target_session_attrs=prefer-standby&load_balance_hosts=random'))).toMatchObject({
      ssl: true,
    });
    await expect(session(several('?target_session_attrs=standby'))).rejects.toMatchObject({ code: 'no_such_server' });
    await expect(session(several().replace(`:${password}@`, ':wrong@'))).rejects.toMatchObject({ code: '28P01' });
  });

  test('waits connect_timeout for a silent server', async () => {
    const silent = createServer(() => undefined);
    const where = await listening(silent);
    const started = performance.now();
    await expect(session(`postgresql://u:p@127.0.0.1:${where}/d?connect_timeout=1`)).rejects.toThrow(/timeout/);
    expect(performance.now() - started).toBeLessThan(5_000);
    silent.close();
  });

  /** A proxy of the real server that records the bytes of clients. */
  async function recorder(user: string) {
    const received: Buffer[] = [];
    const sockets = new Set<Socket>();
    const proxy = createServer((client) => {
      const behind = new (client.constructor as typeof Socket)().connect(Number(port), 'localhost');
      for (const one of [client, behind]) sockets.add(one.on('error', () => undefined));
      client.on('data', (bytes) => received.push(bytes));
      client.pipe(behind).pipe(client);
    });
    const where = await listening(proxy);
    return {
      seen: () => Buffer.concat(received).toString('latin1'),
      url: `postgresql://${user}:top-secret@127.0.0.1:${where}/postgres`,
      close: () => {
        proxy.close();
        for (const socket of sockets) socket.destroy();
      },
    };
  }

  test('with TLS has its name in pg_stat_activity (rule 15)', async () => {
    const { database } = addressOf(parseConnectionString(at(me())), defaults, { HOME: home });
    const client = await connect(database, 'p/lane 0');
    const { rows } = await client.query(
      `select count(*)::int from pg_stat_activity where application_name = 'sluice/p/lane 0'`,
    );
    expect(rows).toEqual([{ count: 1 }]);
    await hangUp(client);
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
