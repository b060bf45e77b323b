/** The table of options in the README, made from their declarations. `npm run docs` writes it, a test compares it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { entries } from './entries.ts';
import type { Option } from './option.ts';
import { type OptionName, options } from './options.ts';

const start = '<!-- options: made by `npm run docs` -->';
const end = '<!-- /options -->';

/** Names of the verbs that take an option. */
function verbsOf(name: OptionName): string {
  const verbs = entries.flatMap((entry) => ('verbs' in entry ? entry.verbs : [entry]));
  return verbs
    .filter((verb) => verb.options.includes(name))
    .map((verb) => verb.name)
    .join(', ');
}

const inCell = (text: string): string => text.replaceAll('|', '\\|');

/** The table in Markdown. */
export function optionsTable(): string {
  const rows = (Object.keys(options) as OptionName[]).map((name) => {
    const option: Option = options[name];
    const flag = option.kind === 'switch' ? `--${option.flag}` : `--${option.flag} ${option.value}`;
    const env = (option.env ?? []).map((one) => `\`${one}\``).join(', ');
    const fallback = option.kind === 'value' && option.default !== undefined ? `\`${option.default}\`` : '';
    return `| \`${inCell(flag)}\` | ${env} | ${inCell(fallback)} | ${inCell(option.description)} | ${verbsOf(name)} |`;
  });
  return [
    '| flag | environment | default | what it does | commands |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** A README with the present table between its marks. Throws when the marks are missing. */
export function withOptionsTable(readme: string): string {
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the README lacks ${start} and ${end}`);
  return `${readme.slice(0, from + start.length)}\n\n${optionsTable()}\n\n${readme.slice(to)}`;
}

if (process.argv[1] === import.meta.filename) {
  const path = new URL('../README.md', import.meta.url);
  writeFileSync(path, withOptionsTable(readFileSync(path, 'utf8')));
}
