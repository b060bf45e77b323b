/**
 * The connection parameters of libpq 18, with their variables and the values that Sluice supports. Sluice refuses an
 * unsupported parameter by name, because a user would not notice that a session ignores it.
 * Source: PostgreSQL 18, "Parameter Key Words" and "Environment Variables" of the chapter on libpq.
 */

/** Parameters by libpq's keyword. */
export type Settings = { readonly [keyword: string]: string };

type Parameter = {
  /** Environment variable that sets it. */
  readonly env?: string;
  /** Why Sluice cannot honour this value; undefined if it can. */
  readonly refuse?: (value: string) => string | undefined;
};

const always = (reason: string) => (): string => reason;
const unless =
  (allowed: RegExp, reason: string) =>
  (value: string): string | undefined =>
    allowed.test(value) ? undefined : reason;
const oneOf = (...words: readonly string[]) =>
  unless(new RegExp(`^(?:${words.join('|')})$`), `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
const wholeNumber = unless(/^\s*-?\d{1,9}\s*$/, 'expected a whole number');

const noKerberos = 'there is no Kerberos in Sluice: log in with a password or a client certificate';
const noSocketOption = 'Node.js cannot set this on a socket';
const noOAuth = 'there is no OAuth in Sluice';
const tlsVersion = oneOf('TLSv1', 'TLSv1\\.1', 'TLSv1\\.2', 'TLSv1\\.3');

export const keywords: { readonly [keyword: string]: Parameter } = {
  host: { env: 'PGHOST' },
  hostaddr: { env: 'PGHOSTADDR' },
  port: { env: 'PGPORT' },
  dbname: { env: 'PGDATABASE' },
  user: { env: 'PGUSER' },
  password: { env: 'PGPASSWORD' },
  passfile: { env: 'PGPASSFILE' },
  service: { env: 'PGSERVICE' },
  servicefile: { env: 'PGSERVICEFILE' },
  options: { env: 'PGOPTIONS' },
  connect_timeout: { env: 'PGCONNECT_TIMEOUT', refuse: wholeNumber },
  application_name: {
    env: 'PGAPPNAME',
    refuse: always('Sluice names its sessions itself, to find those of a worker that was replaced'),
  },
  // libpq ignores it if application_name is set, and Sluice always sets it.
  fallback_application_name: {},
  client_encoding: { env: 'PGCLIENTENCODING', refuse: unless(/^utf-?8$/i, 'Sluice works in UTF8 only') },
  timezone: { env: 'PGTZ', refuse: unless(/^(?:utc|etc\/utc|gmt|0)$/i, 'Sluice works in UTC only') },
  datestyle: { env: 'PGDATESTYLE', refuse: unless(/^\s*iso\b/i, 'Sluice works with dates in ISO style only') },
  geqo: { env: 'PGGEQO' },
  replication: { refuse: unless(/^(?:0|false|off|no)$/i, 'Sluice opens no replication connections') },
  target_session_attrs: {
    env: 'PGTARGETSESSIONATTRS',
    refuse: oneOf('any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'),
  },
  load_balance_hosts: { env: 'PGLOADBALANCEHOSTS', refuse: oneOf('disable', 'random') },
  keepalives: { refuse: oneOf('0', '1') },
  keepalives_idle: { refuse: wholeNumber },
  keepalives_interval: { refuse: always(noSocketOption) },
  keepalives_count: { refuse: always(noSocketOption) },
  tcp_user_timeout: { refuse: unless(/^0$/, noSocketOption) },

  sslmode: { env: 'PGSSLMODE', refuse: oneOf('disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full') },
  requiressl: { env: 'PGREQUIRESSL', refuse: oneOf('0', '1') },
  sslnegotiation: { env: 'PGSSLNEGOTIATION', refuse: oneOf('postgres', 'direct') },
  // libpq 18 also ignores it.
  sslcompression: { env: 'PGSSLCOMPRESSION' },
  sslcert: { env: 'PGSSLCERT' },
  sslkey: { env: 'PGSSLKEY' },
  sslpassword: {},
  sslcertmode: {
    env: 'PGSSLCERTMODE',
    refuse: unless(/^(?:disable|allow)$/, 'Sluice cannot tell whether the server asked for a certificate'),
  },
  sslrootcert: { env: 'PGSSLROOTCERT' },
  sslcrl: { env: 'PGSSLCRL' },
  sslcrldir: {
    env: 'PGSSLCRLDIR',
    refuse: always('Node.js reads no folder of revocation lists: name a file by sslcrl'),
  },
  sslsni: { env: 'PGSSLSNI', refuse: unless(/^1$/, 'the driver always sends the server name') },
  sslkeylogfile: { refuse: always('Sluice writes no TLS keys to files') },
  ssl_min_protocol_version: { env: 'PGSSLMINPROTOCOLVERSION', refuse: tlsVersion },
  ssl_max_protocol_version: { env: 'PGSSLMAXPROTOCOLVERSION', refuse: tlsVersion },
  min_protocol_version: {
    env: 'PGMINPROTOCOLVERSION',
    refuse: unless(/^3\.0$/, 'the driver speaks version 3.0 of the protocol'),
  },
  max_protocol_version: {
    env: 'PGMAXPROTOCOLVERSION',
    // The driver's version 3.0 is not above any of these.
    refuse: oneOf('3\\.0', '3\\.2', 'latest'),
  },

  channel_binding: { env: 'PGCHANNELBINDING', refuse: oneOf('disable', 'prefer', 'require') },
  require_auth: {
    env: 'PGREQUIREAUTH',
    refuse: unless(
      /^\s*(?:!?(?:password|md5|scram-sha-256|none|gss|sspi|oauth)\s*(?:,\s*|$))*$/,
      'expected password, md5, scram-sha-256 or none, several by comma, each with ! before it or none',
    ),
  },
  requirepeer: { env: 'PGREQUIREPEER', refuse: always('Node.js cannot tell the owner of a socket') },
  gssencmode: { env: 'PGGSSENCMODE', refuse: unless(/^(?:disable|prefer)$/, noKerberos) },
  krbsrvname: { env: 'PGKRBSRVNAME', refuse: always(noKerberos) },
  gsslib: { env: 'PGGSSLIB', refuse: always(noKerberos) },
  gssdelegation: { env: 'PGGSSDELEGATION', refuse: unless(/^0$/, noKerberos) },
  scram_client_key: { refuse: always('the driver logs in with the password itself') },
  scram_server_key: { refuse: always('the driver logs in with the password itself') },
  oauth_issuer: { refuse: always(noOAuth) },
  oauth_client_id: { refuse: always(noOAuth) },
  oauth_client_secret: { refuse: always(noOAuth) },
  oauth_scope: { refuse: always(noOAuth) },
};

/** The reason, with the parameter's name, why Sluice cannot honour one of the settings; undefined if it can. */
export function whyRefused(settings: Settings, nameOf: (keyword: string) => string): string | undefined {
  for (const [keyword, value] of Object.entries(settings)) {
    const reason = value === '' ? undefined : keywords[keyword]?.refuse?.(value);
    if (reason !== undefined) return `${nameOf(keyword)} cannot be honoured: ${reason}`;
  }
  return undefined;
}
