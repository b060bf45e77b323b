/** Proves that an address is completed as in psql, from string, service, PG* variables and password file. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf } from './address.ts';
import { parseConnectionString } from './connection-string.ts';
import { keywords } from './keywords.ts';

const home = mkdtempSync(join(tmpdir(), 'sluice-libpq-'));
const defaults = { port: 5432, database: 'migration_db', user: 'postgres' };
const at = (text: string, env: NodeJS.ProcessEnv = {}) =>
  addressOf(parseConnectionString(text), defaults, { HOME: home, ...env });
const write = (name: string, text: string, mode = 0o600) => {
  writeFileSync(join(home, name), text);
  chmodSync(join(home, name), mode);
};

beforeAll(() => {
  write(
    '.pgpass',
    [
      '# a comment',
      'db:5432:d:u:plain',
      String.raw`db:5432:d:a\:b:with\:colon\\and:more`,
      '*:6000:*:*:by-port',
      'localhost:*:*:*:local',
      String.raw`db:5432:\*:star:never`,
    ].join('\n'),
  );
  write(
    '.pg_service.conf',
    '# services\n[other]\nhost=wrong\n[mine]\nhost=db\nport=5432\nuser=u\ndbname=d\nsslmode=disable\n\n[last]\nhost=wrong\n',
  );
  write('open', 'db:5432:d:u:leaked', 0o644);
});
afterAll(() => rmSync(home, { recursive: true }));

describe('a password', () => {
  test.each<[string, string | undefined]>([
    ['postgresql://u:own@db/d', 'own'],
    ['postgresql://u@db/d', 'plain'],
    ['postgresql://a%3Ab@db/d', 'with:colon\\and:more'],
    ['postgresql://x@db/d', undefined],
    ['postgresql://x@other:6000/d', 'by-port'],
    ['postgresql://x@localhost/d', 'local'],
    ['postgresql://x@/d?host=/tmp', 'local'],
    ['postgresql://x@/d?host=/var/run/postgresql', 'local'],
    ['postgresql://x@/d?host=/elsewhere', undefined],
    ['postgresql://star@db/d', undefined],
    ['postgresql://star@db/*', 'never'],
    ['postgresql://x@127.0.0.1/d', undefined],
  ])('of %s comes from the URL, else from the password file', (text, password) => {
    expect(at(text).database.password).toBe(password);
  });

  test('of PGPASSWORD overrides the password file', () => {
    expect(at('postgresql://u@db/d', { PGPASSWORD: 'variable' }).database.password).toBe('variable');
  });

  test('is looked up for each of several hosts', () => {
    const { database } = at('postgresql://x@db,other:6000/d');
    expect(database).toMatchObject({ host: 'db', password: undefined });
    expect(database.others).toEqual([{ host: 'other', port: 6000, password: 'by-port' }]);
  });

  test.skipIf(process.platform === 'win32')('in a file that others may read is not used, and a warning says so', () => {
    const { database, warnings } = at('postgresql://u@db/d', { PGPASSFILE: join(home, 'open') });
    expect(database.password).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/others may read it.*chmod 600/)]);
  });

  test('is undefined if the file is missing or a folder', () => {
    mkdirSync(join(home, 'folder'), { recursive: true });
    expect(at('postgresql://u@db/d', { PGPASSFILE: join(home, 'none') })).toMatchObject({ warnings: [] });
    expect(at('postgresql://u@db/d', { PGPASSFILE: join(home, 'folder') }).warnings[0]).toMatch(/not a plain file/);
  });
});

describe('the PG* variables', () => {
  test('complete only the missing parts of the URL', () => {
    const env = { PGHOST: 'h', PGPORT: '6432', PGDATABASE: 'x', PGUSER: 'y', PGPASSWORD: 'z', PGSSLMODE: 'disable' };
    expect(at('postgresql://', env).database).toEqual({
      host: 'h',
      port: 6432,
      database: 'x',
      user: 'y',
      password: 'z',
    });
    expect(at('postgresql://u@db:1/d', env).database).toMatchObject({ host: 'db', port: 1, database: 'd', user: 'u' });
  });

  test('name a service, whose settings override the variables but not the URL', () => {
    const env = { PGSERVICE: 'mine', PGUSER: 'y', PGPORT: '1' };
    expect(at('postgresql://', env).database).toMatchObject({ host: 'db', port: 5432, user: 'u', password: 'plain' });
    expect(at('postgresql://z@/', env).database).toMatchObject({ host: 'db', user: 'z' });
    expect(at('postgresql://?service=mine').database).toMatchObject({ host: 'db', database: 'd' });
  });

  test('fail with the searched files if they name a missing service', () => {
    expect(() => at('postgresql://?service=nobody', { PGSYSCONFDIR: '/etc/x' })).toThrow(
      /no service 'nobody' in .*\.pg_service\.conf or \/etc\/x\/pg_service\.conf/,
    );
  });

  test.each([
    ['PGAPPNAME', 'x'],
    ['PGTZ', 'Europe/Oslo'],
    ['PGDATESTYLE', 'German'],
    ['PGCLIENTENCODING', 'LATIN1'],
    ['PGKRBSRVNAME', 'postgres'],
    ['PGGSSENCMODE', 'require'],
    ['PGSSLCRLDIR', '/crl'],
    ['PGREQUIREPEER', 'postgres'],
    ['PGREQUIREAUTH', 'anything'],
    ['PGSSLMODE', 'yes'],
    ['PGTARGETSESSIONATTRS', 'master'],
  ])('%s=%s cannot be honoured, and the error names it', (name, value) => {
    expect(() => at('postgresql://h/d', { [name]: value })).toThrow(
      new RegExp(`^${name} cannot be honoured: .*unset it`),
    );
  });

  test('are accepted with values that Sluice supports', () => {
    const env = {
      PGTZ: 'UTC',
      PGDATESTYLE: 'ISO, MDY',
      PGCLIENTENCODING: 'UTF8',
      PGGSSENCMODE: 'prefer',
      PGGEQO: 'off',
    };
    expect(at('postgresql://h/d', env).database.options).toBe('-c geqo=off');
  });

  test('include every variable that libpq documents', () => {
    const documented =
      'PGHOST PGSSLNEGOTIATION PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGREQUIREAUTH PGCHANNELBINDING PGSERVICE ' +
      'PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSLMODE PGREQUIRESSL PGSSLCOMPRESSION PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT ' +
      'PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME ' +
      'PGGSSLIB PGGSSDELEGATION PGCONNECT_TIMEOUT PGCLIENTENCODING PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGMINPROTOCOLVERSION ' +
      'PGMAXPROTOCOLVERSION PGDATESTYLE PGTZ PGGEQO';
    const known = new Set(Object.values(keywords).map(({ env }) => env));
    expect(documented.split(' ').filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('an address', () => {
  test('may have several hosts with ports, an order and a kind of server', () => {
    const { database } = at('postgresql://a:1,b:2/d?target_session_attrs=primary&load_balance_hosts=random');
    expect(database).toMatchObject({ host: 'a', port: 1, shuffled: true, sessionAttributes: 'primary' });
    expect(database.others).toMatchObject([{ host: 'b', port: 2 }]);
    expect(() => at('host=a,b,c port=1,2')).toThrow('3 hosts, but 2 ports');
    expect(() => at('host=@name')).toThrow(/abstract Unix socket/);
    expect(() => at('host=a port=99999')).toThrow(/port from 1 to 65535/);
  });

  test('has the IP address of its host, unless a higher layer names another host', () => {
    expect(at('host=db hostaddr=10.0.0.1').database).toMatchObject({ host: 'db', address: '10.0.0.1' });
    expect(at('hostaddr=10.0.0.1').database).toMatchObject({ host: '10.0.0.1' });
    expect(at('host=db', { PGHOSTADDR: '10.0.0.1' }).database).not.toHaveProperty('address');
  });

  test('passes settings to the server, but none that Sluice sets itself', () => {
    expect(at('postgresql://h/d?options=-csearch_path%3Dfoo').database.options).toBe('-csearch_path=foo');
    const refused = (options: string) => () => at('postgresql://h/d', { PGOPTIONS: options });
    expect(refused('-c statement_timeout=1')).toThrow(/options sets statement_timeout/);
    expect(refused('-ctimezone=x')).toThrow(/options sets timezone/);
    expect(refused('-c work_mem=1 -c DateStyle=x')).toThrow(/options sets datestyle/);
    expect(refused('--lock-timeout=1')).toThrow(/options sets lock_timeout/);
    expect(refused(String.raw`-c search_path=a\ -c\ timezone=b`)).not.toThrow();
  });

  test('has a connect timeout and a keepalive delay', () => {
    expect(at('host=h connect_timeout=3 keepalives_idle=5').database).toMatchObject({
      timeouts: { connect: 3000 },
      keepAliveMs: 5000,
    });
    expect(at('host=h connect_timeout=0 keepalives=0').database).toMatchObject({ keepAliveMs: 0 });
    expect(at('host=h connect_timeout=0').database).not.toHaveProperty('timeouts');
  });
});

describe('encryption', () => {
  test('is preferred by default, never used on a socket, and absent with sslmode=disable', () => {
    expect(at('host=h').database.tls).toMatchObject({ mode: 'prefer', direct: false, minVersion: 'TLSv1.2' });
    expect(at('host=/tmp sslmode=require').database).not.toHaveProperty('tls');
    expect(at('host=h sslmode=disable').database).not.toHaveProperty('tls');
    expect(at('host=h', { PGREQUIRESSL: '1' }).database.tls).toMatchObject({ mode: 'require' });
    expect(at('host=h', { PGSSLMODE: 'allow' }).database.tls).toMatchObject({ mode: 'allow' });
  });

  test.each([
    ['host=h sslmode=verify-full', /needs the certificate of an issuer.*root\.crt/],
    ['host=h sslmode=verify-ca sslrootcert=/none', /\/none \(sslrootcert\) cannot be read: ENOENT/],
    ['host=h sslmode=require sslrootcert=system', /sslrootcert=system needs sslmode=verify-full/],
    ['host=h sslnegotiation=direct', /sslnegotiation=direct needs sslmode=require/],
    ['host=h sslcert=/none', /\/none \(sslcert\) cannot be read/],
  ])('%s is refused', (text, why) => {
    expect(() => at(text)).toThrow(why);
  });

  test.skipIf(process.platform === 'win32')('refuses a key that others may read', () => {
    write('client.crt', 'cert', 0o644);
    write('client.key', 'key', 0o644);
    const text = `host=h sslcert=${join(home, 'client.crt')} sslkey=${join(home, 'client.key')} sslpassword=x`;
    expect(() => at(text)).toThrow(/client\.key \(sslkey\) may be read by others: chmod 600/);
    chmodSync(join(home, 'client.key'), 0o600);
    expect(at(text).database.tls).toMatchObject({ cert: 'cert', key: 'key', passphrase: 'x' });
    expect(at(`${text} sslcertmode=disable`).database.tls).not.toHaveProperty('cert');
  });
});

test('completedBy names the password file, the service and the variable', () => {
  const completedBy = (text: string, env: NodeJS.ProcessEnv = {}) => at(text, env).completedBy;
  expect(completedBy('postgresql://u@db/d')).toMatchObject({ user: undefined, password: '~/.pgpass' });
  expect(completedBy('postgresql://?service=mine', { PGUSER: 'x', PGPASSWORD: 'w' })).toMatchObject({
    user: 'the service mine',
    password: 'PGPASSWORD',
  });
  expect(completedBy('postgresql://u@h', { PGDATABASE: 'd' })).toMatchObject({ database: 'PGDATABASE' });
});
