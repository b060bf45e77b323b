/**
 * Parses connection strings like libpq: a URL, or `keyword=value` pairs. Source: PostgreSQL 18, "Connection Strings".
 * No message quotes the text, because it may contain a password.
 */
import { closest } from '../../../../pipeline/closest.ts';
import { AddressError } from './address-error.ts';
import { keywords, type Settings, whyRefused } from './keywords.ts';

const shape = 'expected postgresql://user:password@host:port/database';
const encode =
  'percent-encode special characters of user and password: @ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25';

/** The settings of a connection string. Throws `AddressError` for invalid text and for unsupported parameters. */
export function parseConnectionString(text: string): Settings {
  const settings = /^postgres(?:ql)?:\/\//.test(text) ? parseUrl(text) : parsePairs(text);
  for (const keyword of Object.keys(settings)) {
    if (keyword in keywords) continue;
    const [meant] = closest(keyword, Object.keys(keywords), 1);
    throw new AddressError(`unknown parameter '${keyword}'.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`);
  }
  const refused = whyRefused(settings, (keyword) => `the parameter ${keyword}`);
  if (refused !== undefined) throw new AddressError(refused);
  return settings;
}

/** Parses a URL. It may have several hosts, separated by commas. A percent-encoded path is a socket folder. */
function parseUrl(text: string): Settings {
  const rest = text.slice(text.indexOf('://') + 3);
  // As in libpq: user and password precede the first @, unless a slash comes earlier.
  const [, credentials, place = ''] = /^(?:([^@/]*)@)?(.*)$/s.exec(rest) ?? [];
  const [, authority = '', path, query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(place) ?? [];
  // A remaining @ belongs to a password with an unescaped @ or slash.
  if (authority.includes('@') || path?.includes('@')) throw new AddressError(`${shape}; ${encode}`);
  const [user = '', password] = splitOnce(credentials ?? '', ':');
  const named: Record<string, string> = {
    ...hostsOf(authority),
    ...(path ? { dbname: decode(path) } : {}),
    ...(user ? { user: decode(user) } : {}),
    ...(password ? { password: decode(password) } : {}),
  };
  for (const pair of query === '' ? [] : query.split('&')) {
    const [key = '', value, more] = pair.split('=');
    if (value === undefined || more !== undefined || key === '')
      throw new AddressError('a parameter behind the ? is not of the form name=value; write = in a value as %3D');
    const keyword = decode(key);
    // JDBC's spelling, which libpq also accepts.
    if (keyword === 'ssl' && value === 'true') named.sslmode = 'require';
    else named[keyword] = decode(value);
  }
  return named;
}

function hostsOf(authority: string): Settings {
  if (authority === '') return {};
  const hosts = authority.split(',').map((one) => {
    const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(one) ?? [];
    if (bracketed === undefined && plain === undefined) throw new AddressError(`${shape}; ${encode}`);
    return { host: decode(bracketed ?? plain ?? ''), port };
  });
  const ports = hosts.map(({ port }) => port);
  return {
    host: hosts.map(({ host }) => host).join(','),
    ...(ports.some((port) => port !== '') ? { port: ports.join(',') } : {}),
  };
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new AddressError('a % in user, password, host, database or parameter must be written as %25');
  }
  if (decoded.includes('\0')) throw new AddressError('%00 cannot stand in a connection URL');
  return decoded;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Parses `host=db dbname='my db'`. Quotes enclose spaces, and a backslash escapes the next character. */
function parsePairs(text: string): Settings {
  const settings: Record<string, string> = {};
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gsy;
  const end = text.trimEnd().length;
  while (pair.lastIndex < end) {
    const [, keyword, quoted, bare] = pair.exec(text) ?? [];
    if (keyword === undefined) throw new AddressError(`${shape}, or keyword=value pairs such as 'host=db user=me'`);
    settings[keyword] = (quoted ?? bare ?? '').replace(/\\(.)/gs, '$1');
  }
  if (Object.keys(settings).length === 0) throw new AddressError(shape);
  return settings;
}
