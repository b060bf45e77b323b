/** Parses addresses of MySQL and MariaDB: `mysql://user:password@host:port/database?ssl-mode=REQUIRED`. */
import { AddressError } from './address-error.ts';
import type { MysqlDatabase } from './database.ts';
import { tlsOf } from './tls.ts';

const defaultPort = 3306;

/** Parameters of an address. */
const known: ReadonlySet<string> = new Set([
  'ssl-mode',
  'ssl-ca',
  'ssl-cert',
  'ssl-key',
  'socket',
  'connect-timeout',
  'bookkeeping',
]);

/** Whether a text is an address of MySQL or MariaDB. */
export const isMysqlAddress = (text: string): boolean => /^(?:mysql|mariadb):\/\//i.test(text);

/**
 * Parses an address. `connect-timeout` is in seconds, `socket` is the path of a Unix socket, and `bookkeeping` the database of
 * Sluice's own tables. Throws `AddressError`, whose
 * message never quotes the password.
 */
export function mysqlAddress(text: string): MysqlDatabase {
  const url = parsed(text);
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!known.has(name))
      throw new AddressError(`unknown parameter ${name} in the address; known are ${[...known].join(', ')}`);
    parameters.set(name, value);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '') || 'localhost';
  const user = decoded(url.username, 'user');
  if (user === '') throw new AddressError('the address has no user: mysql://USER:PASSWORD@HOST/DATABASE');
  const database = decoded(url.pathname.slice(1), 'database');
  if (database === '' || database.includes('/'))
    throw new AddressError('the address has no database: mysql://USER:PASSWORD@HOST/DATABASE');
  const socket = parameters.get('socket');
  const tls = socket === undefined ? tlsOf(parameters, host) : undefined;
  const bookkeeping = bookkeepingName(parameters.get('bookkeeping'), database);
  const connect = connectTimeoutMs(parameters.get('connect-timeout'));
  return {
    product: url.protocol === 'mariadb:' ? 'MariaDB' : 'MySQL',
    host,
    port: url.port === '' ? defaultPort : Number(url.port),
    user,
    password: url.password === '' ? undefined : decoded(url.password, 'password'),
    database,
    ...(socket === undefined ? {} : { socket }),
    ...(bookkeeping === undefined ? {} : { bookkeeping }),
    ...(tls === undefined ? {} : { tls }),
    ...(connect === undefined ? {} : { timeouts: { connect } }),
  };
}

function parsed(text: string): URL {
  if (!isMysqlAddress(text)) throw new AddressError('the address does not begin with mysql:// or mariadb://');
  try {
    return new URL(text);
  } catch {
    throw new AddressError(
      'the address is not valid: mysql://USER:PASSWORD@HOST:PORT/DATABASE; write : / ? # [ ] @ in a password as %XX',
    );
  }
}

function decoded(part: string, name: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AddressError(
      `the ${name} in the address has a % that is not followed by two hex digits: write it as %25`,
    );
  }
}

/** Guard tables, too, are named after tables of the source, which might be those of the target. */
function bookkeepingName(name: string | undefined, database: string): string | undefined {
  if (name === '' || name === database)
    throw new AddressError('bookkeeping in the address must name a database of its own');
  return name;
}

function connectTimeoutMs(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(seconds)) throw new AddressError(`connect-timeout=${seconds} is not a number of seconds`);
  return Number(seconds) * 1000;
}
