/** Proves how sessions open: with TLS as the address says, and in time or not at all. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeMariadb } from '../../../test/mariadb.ts';
import { freshMysqlTarget, type MysqlTarget } from '../../../test/mysql-target.ts';
import { diagnose } from '../errors.ts';
import type { MysqlDatabase } from './database.ts';
import { openSession, withSession } from './open-session.ts';
import { tlsOf } from './tls.ts';

const issuer = join(import.meta.dirname, '../../../test/fixtures/tls/issuer.crt');

/** The cipher of a session with an `ssl-mode`; empty without TLS. */
function cipherWith(database: MysqlDatabase, mode: string, more: readonly [string, string][] = []) {
  const tls = tlsOf(new Map([['ssl-mode', mode], ...more]), database.host);
  const withTls = { ...database, ...(tls === undefined ? {} : { tls }) };
  return withSession(withTls, 'test', async (session) => {
    const [row] = await session.cells(`show session status like 'Ssl_cipher'`);
    return row?.[1];
  });
}

/** MariaDB before 11.4 offers TLS only with certificates of its own. */
async function offersTls({ session }: MysqlTarget): Promise<boolean> {
  if (session.flavor === 'mysql') return true;
  const [row] = await session.cells('select @@have_ssl');
  return row?.[0] === 'YES';
}

/** Bit CLIENT_SSL in the second byte of the capabilities. */
const clientSsl = 0x08;

/** The server's end of a connection through a proxy. It gets what the client sends, and both end together. */
function upstreamOf(client: Socket, { host, port }: MysqlDatabase): Socket {
  const upstream = connect(port, host);
  upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  return client.pipe(upstream);
}

/** A proxy of the server that hides from clients that it offers TLS. */
async function withoutTls(database: MysqlDatabase): Promise<{ server: Server; port: number }> {
  return await listening((client) => {
    const upstream = upstreamOf(client, database);
    upstream.once('data', (greeting: Buffer) => {
      // Header of four bytes, protocol, version up to NUL, number of the session, eight bytes of the challenge, and a filler.
      const capabilities = greeting.indexOf(0, 5) + 1 + 4 + 8 + 1;
      greeting[capabilities + 1] = (greeting[capabilities + 1] ?? 0) & ~clientSsl;
      client.write(greeting);
      upstream.pipe(client);
    });
  });
}

/** A proxy of the server that puts another text of the same length in place of the first text, in all answers. */
async function claiming(database: MysqlDatabase, actual: string, claimed: string) {
  return await listening((client) => {
    const upstream = upstreamOf(client, database);
    upstream.on('data', (bytes: Buffer) =>
      client.write(Buffer.from(bytes.toString('latin1').replaceAll(actual, claimed), 'latin1')),
    );
  });
}

/** A server on a free port that handles each connection in this way. */
async function listening(handle: (client: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { server, port: address.port };
}

describeMariadb('TLS', () => {
  test('is used as ssl-mode says, and an unknown issuer is refused where it is verified', async ({ skip }) => {
    await using target = await freshMysqlTarget();
    if (!(await offersTls(target))) skip('this server offers no TLS');
    const { database } = target;
    expect(await cipherWith(database, 'DISABLED')).toBe('');
    expect(await cipherWith(database, 'PREFERRED')).not.toBe('');
    expect(await cipherWith(database, 'REQUIRED')).not.toBe('');
    for (const mode of ['VERIFY_CA', 'VERIFY_IDENTITY']) {
      await expect(cipherWith(database, mode, [['ssl-ca', issuer]])).rejects.toMatchObject({
        code: 'tls_failed',
        message: expect.stringContaining(`ssl-mode=${mode}`),
      });
    }
  });

  test('that the server does not offer is left out with PREFERRED, and refused with REQUIRED', async () => {
    await using target = await freshMysqlTarget();
    const { server, port } = await withoutTls(target.database);
    try {
      const database = { ...target.database, port };
      expect(await cipherWith(database, 'PREFERRED')).toBe('');
      await expect(cipherWith(database, 'REQUIRED')).rejects.toMatchObject({
        code: 'tls_refused',
        advice: expect.stringContaining('ssl-mode=PREFERRED'),
      });
    } finally {
      server.close();
    }
  });
});

/** A version that is refused, in as many characters as that of the server. */
const tooOld = (version: string): string =>
  version
    .replace(/^10\.11\./, '10.10.')
    .replace(/^(?:1[1-9])\./, '10.')
    .replace(/^\d\./, '5.');

describeMariadb('a session', () => {
  test('of a server that says it is older than the oldest supported one is refused by its name and version', async () => {
    await using target = await freshMysqlTarget();
    const [[version] = []] = await target.session.cells('select version()');
    const claimed = tooOld(String(version));
    expect(claimed).toHaveLength(String(version).length);
    const { server, port } = await claiming(target.database, String(version), claimed);
    try {
      const product = target.session.flavor === 'mariadb' ? 'MariaDB' : 'MySQL';
      await expect(openSession({ ...target.database, port }, 'test')).rejects.toMatchObject({
        code: 'target_too_old',
        message: expect.stringContaining(`is ${product} ${claimed}`),
        advice: expect.stringContaining('needs MariaDB 10.11 or MySQL 8.0.16'),
      });
    } finally {
      server.close();
    }
  });

  test.each(['at once', 'after the login'])('to a server that falls silent %s is refused in time', async (when) => {
    await using target = await freshMysqlTarget();
    const sockets: Socket[] = [];
    const { server, port } = await listening((client) => {
      sockets.push(client.on('error', () => client.destroy()));
      if (when === 'at once') return;
      const upstream = connect(target.database.port, target.database.host);
      sockets.push(upstream.on('error', () => upstream.destroy()));
      upstream.pipe(client);
      client.on('data', (bytes) => {
        if (!bytes.includes('version()')) upstream.write(bytes);
      });
    });
    try {
      const database = { ...target.database, port, timeouts: { connect: 1000 } };
      const before = performance.now();
      await expect(openSession(database, 'test')).rejects.toSatisfy((error) => diagnose(error).reaction === 'retry');
      expect(performance.now() - before).toBeLessThan(5_000);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});
