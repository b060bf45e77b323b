/** Proves how addresses of MySQL and MariaDB are read, and that no message quotes a password. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isMysqlAddress, mysqlAddress } from './address.ts';
import { describeDatabase, describeProduct } from './database.ts';

const certificate = join(import.meta.dirname, '../../../test/fixtures/tls/issuer.crt');

test('an address names server, login and database', () => {
  expect(mysqlAddress('mariadb://me:p%40ss%2Fw@[::1]:3307/d%C3%A9?connect-timeout=5')).toEqual({
    product: 'MariaDB',
    host: '::1',
    port: 3307,
    user: 'me',
    password: 'p@ss/w',
    database: 'dé',
    timeouts: { connect: 5000 },
  });
  expect(mysqlAddress('mysql://me@localhost/d?socket=/run/mysqld.sock')).toEqual({
    product: 'MySQL',
    host: 'localhost',
    port: 3306,
    socket: '/run/mysqld.sock',
    user: 'me',
    password: undefined,
    database: 'd',
  });
});

test('messages name product, server and user without the password', () => {
  const database = mysqlAddress('mysql://me:secret@db.example:3307/d?ssl-mode=DISABLED');
  expect(describeProduct(database)).toBe('MySQL at db.example:3307');
  expect(describeDatabase(database)).toBe('me@db.example:3307/d');
});

test.each([
  ['mysql://me@localhost/d', undefined],
  ['mysql://me@127.0.0.1/d', undefined],
  ['mysql://me@db.example/d', { mode: 'PREFERRED' }],
  ['mysql://me@db.example/d?ssl-mode=disabled', undefined],
  ['mysql://me@localhost/d?ssl-mode=required', { mode: 'REQUIRED' }],
  [`mysql://me@localhost/d?ssl-ca=${certificate}`, { mode: 'VERIFY_CA', ca: expect.stringContaining('CERTIFICATE') }],
  [
    `mysql://me@localhost/d?ssl-mode=VERIFY_IDENTITY&ssl-cert=${certificate}&ssl-key=${certificate}`,
    { mode: 'VERIFY_IDENTITY', cert: expect.stringContaining('CERT'), key: expect.stringContaining('CERT') },
  ],
])('%s has the TLS options %o', (address, tls) => {
  expect(mysqlAddress(address).tls).toEqual(tls);
});

test.each([
  ['postgresql://me:secret@h/d', 'does not begin with mysql://'],
  ['mysql://me:sec ret@h:x/d', 'not valid'],
  ['mysql://:secret@h/d', 'has no user'],
  ['mysql://me:secret@h', 'has no database'],
  ['mysql://me:secret@h/d/e', 'has no database'],
  ['mysql://me:secret%@h/d', 'the password in the address has a %'],
  ['mysql://me:secret@h/d?sslmode=require', 'unknown parameter sslmode'],
  ['mysql://me:secret@h/d?ssl-mode=ON', 'ssl-mode=ON'],
  ['mysql://me:secret@h/d?ssl-ca=/no/such/file', '/no/such/file (ssl-ca) cannot be read: ENOENT'],
  [`mysql://me:secret@h/d?ssl-cert=${certificate}`, 'needs both ssl-cert and ssl-key'],
  ['mysql://me:secret@h/d?connect-timeout=0', 'connect-timeout=0'],
  ['mysql://me:secret@h/d?bookkeeping=d', 'a database of its own'],
  ['mysql://me:secret@h/d?bookkeeping=', 'a database of its own'],
])('%s is refused without its password', (address, message) => {
  const refused = () => mysqlAddress(address);
  expect(refused).toThrow(message);
  expect(refused).not.toThrow('secret');
});

test('other addresses are not those of MySQL', () => {
  expect(['mysql://a', 'MARIADB://a', 'postgresql://a', 'mysql:a'].map(isMysqlAddress)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
