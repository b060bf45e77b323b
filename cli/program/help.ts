/** How `--help` looks: options in groups, their texts on a line of their own where they are long, never over 80 columns. */
import { Option as Flag, type Help } from 'commander';
import { groupTitle } from '../options/groups.ts';
import type { OptionName } from '../options/options.ts';
import { optionOf, shownDefault, type Verb } from './verb.ts';

/** Columns of a terminal that says nothing else, and the most that help uses. */
const widest = 80;

/** Columns that a flag may take when its text stands beside it. */
const beside = 26;

/** Columns of help on this terminal. */
export const helpWidth = (): number => Math.max(40, Math.min(process.stdout.columns ?? widest, widest));

/** The part of commander's help that is ours. */
export const helpLayout: Partial<Help> = {
  formatItem(term, termWidth, description, helper) {
    const most = helper.helpWidth ?? widest;
    const indent = (text: string, columns: number) =>
      helper.boxWrap(text, most - columns).replaceAll('\n', `\n${' '.repeat(columns)}`);
    // Verbs and arguments are short words: two columns, however long a flag is. So are the few short flags.
    const column = term.startsWith('-') ? beside : Math.min(termWidth + 2, beside + 2);
    if (term.length + 2 <= column && (!term.startsWith('-') || column + 2 + description.length <= most))
      return `  ${term.padEnd(column)}${indent(description, column + 2)}`;
    return `  ${term}\n      ${indent(description, 6)}`;
  },
};

/** The flags of an option for commander, with its default and its environment variables. Those of earlier versions are hidden. */
export function toFlags(verb: Verb, name: OptionName): readonly Flag[] {
  const option = optionOf(verb, name);
  const fallback = shownDefault(verb, name);
  const notes = [
    option.description,
    ...(fallback === undefined ? [] : [`(default: ${fallback})`]),
    ...(option.env ? [`[env: ${option.env.join(', ')}]`] : []),
  ];
  const made = (long: string, isHidden: boolean): Flag => {
    const shown = option.kind === 'switch' ? `--${long}` : `--${long} ${option.value}`;
    const flags = option.short === undefined || isHidden ? shown : `-${option.short}, ${shown}`;
    const flag = new Flag(flags, notes.join(' ')).helpGroup(`${groupTitle(name)}:`).hideHelp(isHidden);
    // commander reads `--no-x` as the opposite of `--x`; here it is a switch of its own.
    flag.negate = false;
    flag.attributeName = () => long;
    return flag;
  };
  const former = (option.former?.flags ?? []).map((long) => made(long, true));
  return [made(option.flag, option.replacedBy !== undefined), ...former];
}

/** `--help` itself, below the groups of options. */
export const helpFlag = (): Flag => new Flag('-h, --help', 'show this help').helpGroup('Help:');

/** The examples below the options. */
export const exampleText = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((line) => `  ${line}`.trimEnd()).join('\n')}`;

/** Every exit code in use and what it means; docs/reference/exit-codes.md says the same. */
export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done; parked records included, and a stop that wrote all that was read'],
  [1, 'failure'],
  [2, 'wrong usage'],
  [3, 'too many records parked, or counters that do not add up'],
  [4, 'a server cannot be reached, or a stop could not write what was read'],
  [5, 'stalled, held or disconnected: what `status` and `connector status` say'],
  [130, 'stopped by Ctrl-C before the work was done, or by a second Ctrl-C'],
  [143, 'the same by SIGTERM'],
];

/** What the root's help ends with. */
export const exitCodeHelp = `
Exit codes:
${exitMeanings.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`).join('\n')}

Options: flag, then environment, then sluice.yaml of the working folder.
Servers that none of them names: the local stack, then localhost where no
stack was started.`;
