/** Proves that an endpoint is parsed from a URL or a file with it, and that no message contains a password. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Option } from '../options/option.ts';
import { options } from '../options/options.ts';
import { endpoint } from './endpoint.ts';
import { masked, maskedUrl } from './mask.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-endpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return `file:${join(folder, name)}`;
};

const address = { host: 'h', dbname: 'd', user: 'u', password: 'secret' };

test.each([
  ['a URL', 'postgresql://u:secret@h/d'],
  ['its short scheme', 'postgres://u:secret@h/d'],
  ['pairs', 'host=h dbname=d user=u password=secret'],
  ['a file', fileWith('plain', 'postgresql://u:secret@h/d')],
  ['a file that ends its line', fileWith('line', 'postgresql://u:secret@h/d\n')],
])('%s is read', (_, text) => {
  expect(endpoint(text)).toEqual(address);
});

test.each([
  ['mysql://u:secret@h/d', /^MySQL cannot be used here: Sluice reads PostgreSQL, postgresql:\/\/…$/],
  ['mariadb://u:secret@h/d', /^MariaDB cannot be used here/],
  [fileWith('mysql', 'mysql://u:secret@h/d'), /^MySQL cannot be used here/],
  ['oracle://u:secret@h/d', /expected postgresql:\/\//],
  [fileWith('empty', '\n'), /empty is empty: expected the URL of a database/],
  [fileWith('again', 'file:secret'), /again names a file again/],
  [`file:${join(folder, 'none')}`, /cannot read the file with the URL: ENOENT/],
  ['file:', /expected file:PATH/],
])('%s is refused, and the message does not contain the password', (text, message) => {
  let said = '';
  try {
    endpoint(text);
  } catch (error) {
    said = String(error instanceof Error ? error.message : error);
  }
  expect(said).toMatch(message);
  expect(said).not.toContain('secret');
});

test.each([
  ['postgresql://u:secret@h:5/d', 'postgresql://u:***@h:5/d'],
  ['postgresql://u:sec@ret/x:y@h/d', 'postgresql://u:***@h/d'],
  ['postgresql://u@h:5/d', 'postgresql://u@h:5/d'],
  ['postgresql://h/d?password=secret&sslmode=require', 'postgresql://h/d?password=***&sslmode=require'],
  ['postgresql://h/d?sslpassword=secret', 'postgresql://h/d?sslpassword=***'],
  ["host=h password = 'sec ret' user=u", 'host=h password = *** user=u'],
  ['host=h password=secret', 'host=h password=***'],
  ['http://me:secret@connect:8083', 'http://me:***@connect:8083'],
  ['u:secret@h/d', 'u:***@h/d'],
  ['postgresql:/u:secret@h/d', 'postgresql:***@h/d'],
  ['file:/run/secrets/target', 'file:/run/secrets/target'],
])('%s is shown as %s', (text, shown) => {
  expect(maskedUrl(text)).toBe(shown);
});

test('exactly the options for passwords and URLs are masked', () => {
  const all: readonly Option[] = Object.values(options);
  const hides = (option: Option) => !masked(option, 'http://u:secret@h').includes('secret');
  const secret = all.filter((option) => option.kind === 'value' && /password|url/.test(option.value));
  expect(secret.length).toBeGreaterThan(7);
  expect(all.filter(hides)).toEqual(secret);
});
