/** The tables of options in the docs, made from their declarations. `npm run docs` writes them; a test compares them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { allEntries } from './entries.ts';
import type { Option } from './option.ts';
import { optionGroups } from './option-groups.ts';
import { type OptionName, options } from './options.ts';
import { optionOf, shownDefault, type Verb } from './verb.ts';

const entries = await allEntries();

/** The page with all options. */
export const optionsPage = 'docs/reference/options.md';

const start = '<!-- options: made by `npm run docs` -->';
const end = '<!-- /options -->';

/** The options that most people set first. */
const firstOptions: readonly OptionName[] = [
  'bootstrapServers',
  'topic',
  'databaseUrl',
  'groupId',
  'source',
  'untilCaughtUp',
  'orderBy',
  'deletes',
  'parallelism',
  'windowBytes',
];

type NamedVerb = { readonly path: string; readonly verb: Verb };

/** Every verb by all its words, such as `stack up`. */
const verbs: readonly NamedVerb[] = entries.flatMap((entry) =>
  'verbs' in entry
    ? entry.verbs.map((verb) => ({ path: `${entry.name} ${verb.name}`, verb }))
    : [{ path: entry.name, verb: entry }],
);

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The shared value, then those of verbs that differ. */
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

/** One option as a row of Markdown: with every command that takes it, or only with what most of them mean by it. */
function row(name: OptionName, detail: 'full' | 'brief'): string {
  const option: Option = options[name];
  const takers = verbs.filter(({ verb }) => verb.options.includes(name));
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
      ? [inCell(option.description)]
      : [
          perVerb(takers, inCell(option.description), ({ verb }) => inCell(optionOf(verb, name).description)),
          takers.map(({ path }) => code(path)).join(', '),
        ]),
  ];
  return `| ${cells.join(' | ')} |`;
}

function table(names: readonly OptionName[], detail: 'full' | 'brief'): string {
  const heads = ['flag', 'environment', 'default', 'what it does', ...(detail === 'full' ? ['commands'] : [])];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...names.map((name) => row(name, detail))].join('\n');
}

/** What stands between the marks of the page: the options that matter first, then all of them by group. */
const sections = (): string =>
  [
    `## Most used\n\n${table(firstOptions, 'brief')}`,
    ...optionGroups.map(({ title, names }) => `## ${title}\n\n${table(names, 'full')}`),
  ].join('\n\n');

/** The text of the page with the present tables between its marks. Throws when the marks are missing. */
export function withOptions(text: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${optionsPage} lacks ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${sections()}\n\n${text.slice(to)}`;
}

if (process.argv[1] === import.meta.filename) {
  const path = new URL(`../${optionsPage}`, import.meta.url);
  writeFileSync(path, withOptions(readFileSync(path, 'utf8')));
}
