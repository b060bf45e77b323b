/** Proves that advice for a failed login names the flag, variable or file that is wrong, and no other. */
import { expect, test } from 'vitest';
import { diagnose } from '../errors.ts';
import type { Database, NamedBy } from './connection.ts';
import { loginAdvice } from './login-advice.ts';

const advice = (code: string, namedBy?: NamedBy): string => {
  const database: Database = {
    host: 'h',
    port: 1,
    user: 'u',
    password: 'w',
    database: 'd',
    ...(namedBy && { namedBy }),
  };
  const missing = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
  return loginAdvice(database, diagnose(code === 'no_password' ? missing : Object.assign(new Error('x'), { code })));
};

test.each<[string, NamedBy, string]>([
  [
    '28P01',
    { user: 'TARGET_URL', password: 'TARGET_URL' },
    'PostgreSQL refuses user u: check user and password in TARGET_URL.',
  ],
  [
    '28P01',
    { user: 'PGUSER', password: '~/.pgpass' },
    'PostgreSQL refuses user u: check the user in PGUSER and the password in ~/.pgpass.',
  ],
  [
    'no_password',
    { password: 'SOURCE_URL' },
    'The server asks user u for a password: set it in SOURCE_URL, or in ~/.pgpass.',
  ],
  ['28P01', { password: 'POSTGRES_PASSWORD' }, 'PostgreSQL refuses user u: check the password in POSTGRES_PASSWORD.'],
  ['3D000', { database: '--target-db' }, 'There is no database d: check its name in --target-db, or create it.'],
])('the advice for %s with the origins %j names the right one', (code, namedBy, expected) => {
  expect(advice(code, namedBy)).toBe(expected);
});

test('the advice names no variable if the origin is unknown', () => {
  for (const code of ['28P01', 'no_password', '3D000']) expect(advice(code)).not.toMatch(/POSTGRES_|TARGET_|URL/);
});
