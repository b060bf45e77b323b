import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allEntries } from '../program/entries.ts';
import { exitMeanings } from '../program/help.ts';
import { exitCodes, migrationExitCodes } from './exit-codes.ts';

const page = readFileSync(new URL('../../docs/reference/exit-codes.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (\d+) \| (?:`(\w+)`)? ?\| (.*?) \| (.*?) \|$/gm)].map(
  ([, code, name = '', meaning = '', commands = '']) => ({ code: Number(code), name, meaning, commands }),
);

test('the page lists exactly the exit codes of the code, each with its name', () => {
  const named = rows.filter(({ name }) => name !== '').map(({ name, code }) => [name, code]);
  expect(named).toEqual(Object.entries({ ...exitCodes, ...migrationExitCodes }));
});

test('the page has every exit code of the help with its meaning, and the help omits only those of the migrator', () => {
  const reserved = new Set<number>(Object.values(migrationExitCodes));
  const inUse = rows.filter(({ code }) => !reserved.has(code)).map(({ code, meaning }) => [code, meaning]);
  expect(inUse).toEqual(exitMeanings);
  for (const code of Object.values(exitCodes)) expect(exitMeanings.map(([known]) => known)).toContain(code);
});

test('the page names only commands that exist', async () => {
  const paths = (await allEntries()).flatMap((entry) =>
    'verbs' in entry ? entry.verbs.map(({ name }) => `${entry.name} ${name}`) : [entry.name],
  );
  const named = rows.flatMap(({ commands }) => [...commands.matchAll(/`([^`]+)`/g)].map(([, path]) => path));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => path === undefined || !paths.includes(path))).toEqual([]);
});
