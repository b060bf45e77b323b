/** Proves that connection strings are parsed as in libpq, and that unsupported parameters are refused by name. */
import { describe, expect, test } from 'vitest';
import { parseConnectionString } from './connection-string.ts';

describe('a connection URL', () => {
  test.each<[string, Record<string, string>]>([
    ['postgres://h/d', { host: 'h', dbname: 'd' }],
    ['postgresql://', {}],
    ['postgresql:///d', { dbname: 'd' }],
    ['postgresql://u:p%40@h:5433/d', { user: 'u', password: 'p@', host: 'h', port: '5433', dbname: 'd' }],
    ['postgresql://u:a:b@h/d', { user: 'u', password: 'a:b', host: 'h', dbname: 'd' }],
    ['postgresql://u@/d', { user: 'u', dbname: 'd' }],
    ['postgresql://u@[::1]:5/d', { user: 'u', host: '::1', port: '5', dbname: 'd' }],
    ['postgresql://u%2F:p%25@h/d%20b', { user: 'u/', password: 'p%', host: 'h', dbname: 'd b' }],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql/d', { host: '/var/run/postgresql', dbname: 'd' }],
    ['postgresql://%2Ftmp:5433', { host: '/tmp', port: '5433' }],
    ['postgresql:///d?host=/tmp&port=5433', { host: '/tmp', port: '5433', dbname: 'd' }],
    ['postgresql://@abstract/d', { host: 'abstract', dbname: 'd' }],
    ['postgresql:///d?host=@abstract', { host: '@abstract', dbname: 'd' }],
    ['postgresql://a:1,b:2/d', { host: 'a,b', port: '1,2', dbname: 'd' }],
    ['postgresql://a,[::1]:2', { host: 'a,::1', port: ',2' }],
    ['postgresql://h?dbname=x', { host: 'h', dbname: 'x' }],
    ['postgresql://h/d?ssl=true', { host: 'h', dbname: 'd', sslmode: 'require' }],
    ['postgresql://h/d?options=-csearch_path%3Dfoo', { host: 'h', dbname: 'd', options: '-csearch_path=foo' }],
    ['postgresql://h/d?user=other&password=p%26q', { host: 'h', dbname: 'd', user: 'other', password: 'p&q' }],
  ])('%s', (text, expected) => {
    expect(parseConnectionString(text)).toEqual(expected);
  });

  test.each([
    'postgresql://u:sec@ret@h/d',
    'postgresql://u:sec/ret@h/d',
    'postgresql://u:sec:ret@x@h:5432/d',
    'postgresql://u:sec/ret@h:5432/d?sslmode=require',
    'postgresql://u:secret@h:port/d',
  ])('the error for %s explains how to write special characters, and does not contain the password', (text) => {
    expect(() => parseConnectionString(text)).toThrow(/percent-encode special characters.*@ is %40/);
    expect(() => parseConnectionString(text)).not.toThrow(/sec/);
  });

  test.each<[string, RegExp]>([
    ['postgresql://u:sec%ret@h/d', /written as %25/],
    ['postgresql://u:secret@h/%', /written as %25/],
    ['postgresql://u:secret@h/d%00', /%00/],
    ['', /expected postgresql:\/\//],
    ['h', /expected postgresql:\/\//],
    ['mysql://u:secret@h/d', /expected postgresql:\/\//],
    ['http://secret', /expected postgresql:\/\//],
    ['postgresql://h/d?sslmod=require', /unknown parameter 'sslmod'. Did you mean 'sslmode'\?/],
    ['postgresql://h/d?sslrootcrt=x', /Did you mean 'sslrootcert'\?/],
    ['postgresql://h/d?statement_timeout=5', /unknown parameter 'statement_timeout'/],
    ['postgresql://h/d?pool_max=5', /unknown parameter 'pool_max'/],
    ['postgresql://h/d?sslmode', /name=value/],
    ['postgresql://h/d?options=-c a=b', /name=value/],
    ['postgresql://h/d?sslmode=no-verify', /sslmode cannot be honoured: expected disable, allow/],
    ['postgresql://h/d?application_name=x', /application_name cannot be honoured: Sluice names/],
    ['postgresql://h/d?sslcrldir=x', /sslcrldir cannot be honoured/],
    ['postgresql://h/d?gssencmode=require', /gssencmode cannot be honoured: there is no Kerberos/],
    ['postgresql://h/d?client_encoding=LATIN1', /client_encoding cannot be honoured/],
    ['postgresql://h/d?keepalives_count=3', /keepalives_count cannot be honoured/],
    ['postgresql://h/d?connect_timeout=soon', /connect_timeout cannot be honoured/],
    ['postgresql://h/d?target_session_attrs=master', /target_session_attrs cannot be honoured/],
    ['postgresql://h/d?require_auth=kerberos', /require_auth cannot be honoured/],
  ])('%s is refused', (text, why) => {
    expect(() => parseConnectionString(text)).toThrow(why);
    expect(() => parseConnectionString(text)).not.toThrow(/sec(ret)?@|:secret/);
  });
});

describe('keyword=value pairs', () => {
  test.each<[string, Record<string, string>]>([
    ['host=db dbname=d', { host: 'db', dbname: 'd' }],
    [" host = db  password='a b' ", { host: 'db', password: 'a b' }],
    [String.raw`password='it\'s' user=a\ b`, { password: "it's", user: 'a b' }],
    ["host=db password=''", { host: 'db', password: '' }],
  ])('%s', (text, expected) => {
    expect(parseConnectionString(text)).toEqual(expected);
  });

  test.each(["host=db password='sec", 'host=db secret', 'hst=db'])('%s is refused', (text) => {
    expect(() => parseConnectionString(text)).toThrow(
      /expected postgresql:|unknown parameter 'hst'. Did you mean 'host'/,
    );
    expect(() => parseConnectionString(text)).not.toThrow(/sec/);
  });
});
