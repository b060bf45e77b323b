/** Layout of `--help`: options in groups, long descriptions below their flags, at most 80 columns. */
import { Option as Flag, type Help } from 'commander';
import { groupTitle, type OptionName } from '../options/options.ts';
import { optionOf, shownDefault, type Verb } from './verb.ts';

/** Most columns of the help, and the default without a terminal. */
const maxColumns = 80;

/** Columns for a flag with its description on the same line. */
const flagColumns = 26;

/** Returns the columns of the help on this terminal. */
export const helpWidth = (): number => Math.max(40, Math.min(process.stdout.columns ?? maxColumns, maxColumns));

/** Overrides of commander's help. */
export const helpLayout: Partial<Help> = {
  formatItem(term, termWidth, description, helper) {
    const totalColumns = helper.helpWidth ?? maxColumns;
    const indent = (text: string, columns: number) =>
      helper.boxWrap(text, totalColumns - columns).replaceAll('\n', `\n${' '.repeat(columns)}`);
    // Verbs and arguments are short, so they keep their own column even beside long flags.
    const column = term.startsWith('-') ? flagColumns : Math.min(termWidth + 2, flagColumns + 2);
    if (term.length + 2 <= column && (!term.startsWith('-') || column + 2 + description.length <= totalColumns))
      return `  ${term.padEnd(column)}${indent(description, column + 2)}`;
    return `  ${term}\n      ${indent(description, 6)}`;
  },
};

/** Returns the commander flags of an option, with its default and environment variables. Former flags are hidden. */
export function toFlags(verb: Verb, name: OptionName): readonly Flag[] {
  const option = optionOf(verb, name);
  const fallback = shownDefault(verb, name);
  const notes = [
    option.description,
    ...(fallback === undefined ? [] : [`(default: ${fallback})`]),
    ...(option.env ? [`[env: ${option.env.join(', ')}]`] : []),
  ];
  const createFlag = (long: string, isHidden: boolean): Flag => {
    const shown = option.kind === 'switch' ? `--${long}` : `--${long} ${option.value}`;
    const flags = option.short === undefined || isHidden ? shown : `-${option.short}, ${shown}`;
    const flag = new Flag(flags, notes.join(' ')).helpGroup(`${groupTitle(name)}:`).hideHelp(isHidden);
    // commander reads `--no-x` as the negation of `--x`; here it is a separate switch.
    flag.negate = false;
    flag.attributeName = () => long;
    return flag;
  };
  const former = (option.former?.flags ?? []).map((long) => createFlag(long, true));
  return [createFlag(option.flag, option.replacedBy !== undefined), ...former];
}

/** Returns the flag `--help`, which is shown below the groups of options. */
export const helpFlag = (): Flag => new Flag('-h, --help', 'show this help').helpGroup('Help:');

/** Returns the examples, which are shown below the options. */
export const exampleText = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((line) => `  ${line}`.trimEnd()).join('\n')}`;

/** Meaning of every exit code in use; docs/reference/exit-codes.md has the same texts. */
export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done; parked records included, and a stop that wrote all that was read'],
  [1, 'failure'],
  [2, 'wrong usage'],
  [3, 'too many records parked, or counters that do not add up'],
  [4, 'a server cannot be reached, or a stop could not write what was read'],
  [5, 'stalled, held or disconnected: what `status` and `connector status` say'],
  [6, 'blocked: something at an endpoint prevents the migration'],
  [130, 'stopped by Ctrl-C before the work was done, or by a second Ctrl-C'],
  [143, 'the same by SIGTERM'],
];

/** The end of the root's help. */
export const exitCodeHelp = `
Exit codes:
${exitMeanings.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`).join('\n')}

Options: flag, then environment, then sluice.yaml of the working folder.
Servers that none of them names: the local stack, then localhost where no
stack was started.`;
