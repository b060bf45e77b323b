/** Generates the tables of options in the docs from their declarations. `npm run docs` writes them; a test compares them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { databaseNames } from '../config/database-names.ts';
import type { Option } from '../options/option.ts';
import { type OptionName, optionGroups, options } from '../options/options.ts';
import { allEntries } from '../program/entries.ts';
import { optionOf, optionsOf, shownDefault, type Verb } from '../program/verb.ts';

const entries = await allEntries();

/** The documentation page of all options. */
export const optionsPage = 'docs/reference/options.md';

const start = '<!-- options: made by `npm run docs` -->';
const end = '<!-- /options -->';

/** The options that most people set first. */
const firstOptions: readonly OptionName[] = [
  'bootstrapServers',
  'topic',
  'target',
  'groupId',
  'source',
  'untilCaughtUp',
  'orderBy',
  'deletes',
  'parallelism',
  'windowBytes',
];

type NamedVerb = { readonly path: string; readonly verb: Verb };

/** Every verb by its full name, such as `stack up`, except `config check`, which takes all options only to explain them. */
const verbs: readonly NamedVerb[] = entries
  .flatMap((entry) =>
    'verbs' in entry
      ? entry.verbs.map((verb: Verb) => ({ path: `${entry.name} ${verb.name}`, verb }))
      : [{ path: entry.name, verb: entry }],
  )
  .filter(({ verb }) => !verb.inspects);

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** Returns the shared value, then the differing values with their verbs. */
function perVerb(takers: readonly NamedVerb[], shared: string, of: (taker: NamedVerb) => string): string {
  const others = new Map<string, string[]>();
  for (const taker of takers) {
    const value = of(taker);
    if (value !== shared) others.set(value, [...(others.get(value) ?? []), code(taker.path)]);
  }
  const holds = takers.some((taker) => of(taker) === shared);
  const differing = [...others].map(([value, paths]) => `${paths.join(', ')}: ${value || 'none'}`);
  return [...(holds && shared !== '' ? [shared] : []), ...differing].join('; ');
}

/** Returns one option as a row of Markdown. `full` adds the values of each command and the commands that take the option. */
function row(name: OptionName, detail: 'full' | 'brief'): string {
  const option: Option = options[name];
  const takers = verbs.filter(({ verb }) => optionsOf(verb).includes(name));
  const flag = option.kind === 'switch' ? `--${option.flag}` : `--${option.flag} ${option.value}`;
  const shared = option.kind === 'value' && option.default !== undefined ? code(option.default) : '';
  const cells = [
    code(flag),
    (option.env ?? []).map(code).join(', '),
    perVerb(takers, shared, ({ verb }) => {
      const shown = shownDefault(verb, name);
      return shown === undefined ? '' : code(shown);
    }),
    ...(detail === 'brief'
      ? [escapeCell(option.description)]
      : [
          perVerb(takers, escapeCell(option.description), ({ verb }) => escapeCell(optionOf(verb, name).description)),
          takers.map(({ path }) => code(path)).join(', '),
        ]),
  ];
  return markdownLine(cells);
}

function table(names: readonly OptionName[], detail: 'full' | 'brief'): string {
  const heads = ['flag', 'environment', 'default', 'what it does', ...(detail === 'full' ? ['commands'] : [])];
  return [...markdownHead(heads), ...names.filter(isShown).map((name) => row(name, detail))].join('\n');
}

const markdownLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const markdownHead = (heads: readonly string[]): readonly string[] => [
  markdownLine(heads),
  markdownLine(heads.map(() => '---')),
];
const markdown = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [...markdownHead(heads), ...rows.map(markdownLine)].join('\n');

const isShown = (name: OptionName): boolean => (options[name] as Option).replacedBy === undefined;

/** Returns the table of the variables that name parts of a database address, by use. */
function databaseVariables(): string {
  const parts = ['host', 'port', 'database', 'user', 'password'] as const;
  const { enrichment, replica, mysql } = databaseNames;
  const columns = [enrichment, replica, mysql];
  return markdown(
    ['part', 'target of `run` and the verbs that read it', 'target of `replicate`', 'MySQL (not read yet)'],
    parts.map((part) => [part, ...columns.map((names) => names[part].map(code).join(', '))]),
  );
}

/** Returns the table of names of earlier versions and their present names. */
function formerNames(): string {
  const rows = Object.values<Option>(options).flatMap(({ flag, env = [], former = {}, replacedBy }) => [
    ...(replacedBy === undefined
      ? []
      : [[flag === 'target-name' ? '--target-db NAME' : `--${flag}`, `--${replacedBy.flag}`]]),
    ...(former.flags ?? []).map((name) => [`--${name}`, `--${flag}`]),
    ...(replacedBy?.env === undefined ? [] : env.map((name) => [name, replacedBy.env ?? ''])),
    ...(former.env ?? []).map((name) => [name, env[0] ?? `--${flag}`]),
  ]);
  return markdown(
    ['earlier name', 'present name'],
    rows.map((row) => row.map(code)),
  );
}

/** The generated part of the page: the most used options, then all options by group. */
const sections = (): string =>
  [
    `## Most used\n\n${table(firstOptions, 'brief')}`,
    ...optionGroups.map(({ title, names }) => `## ${title}\n\n${table(names, 'full')}`),
    `## Variables of databases\n\n${databaseVariables()}`,
    `## Names of earlier versions\n\n${formerNames()}`,
  ].join('\n\n');

/** Returns the page with current tables between its marks. Throws when the marks are missing. */
export function withOptions(text: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${optionsPage} lacks ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${sections()}\n\n${text.slice(to)}`;
}

if (process.argv[1] === import.meta.filename) {
  const path = new URL(`../../${optionsPage}`, import.meta.url);
  writeFileSync(path, withOptions(readFileSync(path, 'utf8')));
}
