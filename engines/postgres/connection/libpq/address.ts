/**
 * Completes a connection string like psql: missing parameters come from its service, then from the PG* variables, then from
 * defaults. A missing password comes from `.pgpass`.
 */
import type { Database, NamedBy, Server } from '../connection.ts';
import { AddressError } from './address-error.ts';
import { settingsOf } from './environment.ts';
import { keywords, type Settings } from './keywords.ts';
import { passwordFor, readPassfile } from './passfile.ts';
import { readService } from './service-file.ts';
import { startupOptions } from './startup-options.ts';
import { tlsOf } from './tls.ts';

/** Values for parameters that are set nowhere. */
export type AddressDefaults = { readonly port: number; readonly database: string; readonly user: string };

/** A completed address. */
export type Address = {
  readonly database: Database;
  readonly warnings: readonly string[];
  /** The service, variable or file that completed each part. */
  readonly completedBy: NamedBy;
};

/** Completes the parameters in `said`. Throws `AddressError` for missing, contradictory or unsupported ones. */
export function addressOf(said: Settings, defaults: AddressDefaults, env: NodeJS.ProcessEnv): Address {
  const fromEnvironment = settingsOf(env);
  const service = said.service || fromEnvironment.service;
  const servicefile = said.servicefile || fromEnvironment.servicefile;
  const named = service ? readService(service, servicefile, env) : {};
  // A host excludes a `hostaddr` of lower layers, which may belong to another server.
  const layers = [said, named, fromEnvironment].map(filled);
  const settings = layers.reduceRight<Settings>(
    (lower, layer) => ({ ...('host' in layer ? omit(lower, 'hostaddr') : lower), ...layer }),
    {},
  );
  const database = settings.dbname || defaults.database;
  const user = settings.user || defaults.user;
  const servers = serversOf(settings, defaults.port);
  const passfile = settings.password ? { lines: [] } : readPassfile(settings.passfile, env);
  const [first, ...others] = servers.map((server) => {
    const login = { host: server.host, port: server.port, database, user };
    return { ...server, password: settings.password || passwordFor(passfile, login) };
  });
  if (first === undefined) throw new AddressError('no host is named');
  const completer = (keyword: 'user' | 'password' | 'dbname') => {
    const layer = layers.findIndex((one) => keyword in one);
    return [undefined, `the service ${service}`, keywords[keyword]?.env][layer];
  };
  const isFromFile = settings.password === undefined && first.password !== undefined;
  const tls = servers.every(({ host }) => isSocket(host)) ? undefined : tlsOf(settings, env);
  const options = startupOptions(settings);
  const seconds = Number(settings.connect_timeout || 0);
  return {
    warnings: passfile.warning === undefined ? [] : [passfile.warning],
    completedBy: {
      user: completer('user'),
      password: isFromFile ? (settings.passfile ?? '~/.pgpass') : completer('password'),
      database: completer('dbname'),
    },
    database: {
      ...first,
      database,
      user,
      ...(others.length === 0 ? {} : { others }),
      ...(tls === undefined ? {} : { tls }),
      ...(options === undefined ? {} : { options }),
      ...(settings.load_balance_hosts === 'random' ? { shuffled: true } : {}),
      ...(settings.target_session_attrs && settings.target_session_attrs !== 'any'
        ? { sessionAttributes: settings.target_session_attrs as NonNullable<Database['sessionAttributes']> }
        : {}),
      ...(settings.require_auth ? { requireAuth: settings.require_auth } : {}),
      ...(settings.channel_binding === 'disable' || settings.channel_binding === 'require'
        ? { channelBinding: settings.channel_binding }
        : {}),
      ...(settings.keepalives === '0'
        ? { keepAliveMs: 0 }
        : Number(settings.keepalives_idle) > 0
          ? { keepAliveMs: Number(settings.keepalives_idle) * 1000 }
          : {}),
      // Zero means no limit in libpq. Sluice keeps its default, because every wait has a limit.
      ...(seconds > 0 ? { timeouts: { connect: seconds * 1000 } } : {}),
    },
  };
}

/** True for the folder of a Unix socket. */
export const isSocket = (host: string): boolean => host.startsWith('/');

const filled = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));

function omit(settings: Settings, keyword: string): Settings {
  const { [keyword]: _, ...rest } = settings;
  return rest;
}

function serversOf(settings: Settings, defaultPort: number): Server[] {
  const list = (text: string | undefined) => (text === undefined ? [] : text.split(',').map((one) => one.trim()));
  const hosts = list(settings.host);
  const addresses = list(settings.hostaddr);
  const ports = list(settings.port);
  const count = Math.max(hosts.length, addresses.length, 1);
  if (hosts.length > 0 && addresses.length > 0 && hosts.length !== addresses.length)
    throw new AddressError(`${hosts.length} hosts, but ${addresses.length} addresses (hostaddr)`);
  if (ports.length > 1 && ports.length !== count) throw new AddressError(`${count} hosts, but ${ports.length} ports`);
  return Array.from({ length: count }, (_, index) => {
    const address = addresses[index];
    const host = hosts[index] || address || 'localhost';
    if (host.startsWith('@'))
      throw new AddressError(`${host} is an abstract Unix socket, which Node.js cannot reach: name a folder or a port`);
    const text = (ports.length === 1 ? ports[0] : ports[index]) || String(defaultPort);
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
      throw new AddressError(`expected a port from 1 to 65535, got '${text}'`);
    return { host, port, password: undefined, ...(address && address !== host ? { address } : {}) };
  });
}
