import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Option } from '../options/option.ts';
import { options } from '../options/options.ts';
import { allEntries } from '../program/entries.ts';
import { optionsOf } from '../program/verb.ts';
import { optionsPage, withOptions } from './options-docs.ts';

const page = readFileSync(new URL(`../../${optionsPage}`, import.meta.url), 'utf8');
const entries = await allEntries();

/** The rows of all groups: flag and commands. */
const rows = [
  ...(page.split('## Variables of databases')[0] ?? '').matchAll(/^\| `--([a-z-]+).*\| (`[^|]*`) \|$/gm),
].map(([, flag = '', commands = '']) => ({
  flag,
  commands: commands.split(', ').map((command) => command.replaceAll('`', '')),
}));

test('the page of options is the one that `npm run docs` writes', () => {
  expect(withOptions(page)).toBe(page);
});

test('each option lists every command that takes it once, by group and verb', () => {
  const takers = (name: string): string[] =>
    entries.flatMap((entry) =>
      'verbs' in entry
        ? entry.verbs
            .filter((verb) => !verb.inspects && optionsOf(verb).some((one) => one === name))
            .map((verb) => `${entry.name} ${verb.name}`)
        : optionsOf(entry).some((one) => one === name)
          ? [entry.name]
          : [],
    );
  const shown = Object.entries<Option>(options).filter(([, { replacedBy }]) => replacedBy === undefined);
  const expected = shown.map(([name, { flag }]) => ({ flag, commands: takers(name) }));
  const byFlag = (a: { flag: string; commands: string[] }, b: { flag: string; commands: string[] }) =>
    `${a.flag} ${a.commands}`.localeCompare(`${b.flag} ${b.commands}`);
  const taken = expected.filter(({ commands }) => commands.length > 0);
  expect([...rows].sort(byFlag)).toEqual(taken.sort(byFlag));
  expect(rows.find(({ flag }) => flag === 'json')?.commands).toEqual(
    expect.arrayContaining(['stack status', 'status', 'pipelines list', 'connector status']),
  );
});

test('a default or description that differs for a command follows the full name of the command', () => {
  const groups = entries.flatMap((entry) =>
    'verbs' in entry ? entry.verbs.map(({ name }) => [entry.name, name]) : [],
  );
  const alone = new Set(entries.flatMap((entry) => ('verbs' in entry ? [] : [entry.name])));
  const bare = groups.map(([, verb = '']) => verb).filter((verb) => !alone.has(verb));
  const named = [...page.matchAll(/(?:\||;) (?:`[^`|]+`, )*`([a-z][a-z ]*)`(?:, `[^`|]+`)*: /g)].map(
    ([, name]) => name,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => name === undefined || bare.includes(name))).toEqual([]);
});
