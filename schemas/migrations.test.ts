/** Proves that migrations are numbered without gaps, and that `schemas/postgres.sql` is generated from them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { migrations, wholeSchema } from './migrations.ts';
import { usersEnriched } from './users-enriched.ts';

test('migrations are numbered from 1 without gaps, have names, and end their statements', () => {
  const all = migrations();
  expect(all.map(({ version }) => version)).toEqual(all.map((_, index) => index + 1));
  for (const { name, sql } of all) {
    expect(name).toMatch(/^\w+$/);
    expect(sql.trimEnd()).toMatch(/;$/);
    // Each runs inside a transaction of its own.
    expect(sql).not.toMatch(/^\s*(begin|commit|rollback)\b/im);
  }
});

test('a released migration never changes', () => {
  const releases: { readonly [version: string]: { readonly [file: string]: string } } = JSON.parse(
    readFileSync(new URL('./released.json', import.meta.url), 'utf8'),
  );
  const checksums = Object.fromEntries(
    migrations().map(({ version, name, checksum }) => [`${String(version).padStart(3, '0')}_${name}.sql`, checksum]),
  );
  for (const released of Object.values(releases)) expect(checksums).toMatchObject(released);
  expect(Object.keys(releases)).toContain('0.1.0');
});

test('schemas/postgres.sql holds the whole schema (npm run schema writes it)', () => {
  expect(readFileSync(new URL('./postgres.sql', import.meta.url), 'utf8')).toBe(wholeSchema());
});

test('the shape of users_enriched names each column once, with its key, and with the limits of its types', () => {
  const names = usersEnriched.columns.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining([...usersEnriched.key]));
  for (const { type, limit } of usersEnriched.columns)
    expect(limit).toBe(limit === undefined ? undefined : Number(/\((\d+)\)/.exec(type)?.[1]));
  for (const name of [...(usersEnriched.guard.columns ?? []), usersEnriched.mergedAt])
    expect(names).not.toContain(name);
});
