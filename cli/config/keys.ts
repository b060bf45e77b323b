/** The options that a configuration file may set. A key is the long flag without its dashes. */
import type { Option } from '../options/option.ts';
import { type OptionName, options } from '../options/options.ts';

/** Options of a single call. In a file they would take effect on every call. */
const perCall: ReadonlySet<OptionName> = new Set([
  'config',
  'check',
  'untilCaughtUp',
  'once',
  'columns',
  'after',
  'to',
  'partition',
  'dryRun',
  'withDeadLetters',
  'withBookkeeping',
  'dropSlot',
  'yes',
  'write',
  'phases',
  'outputFolder',
  'acceptFindings',
  'json',
  'csv',
  'explain',
  'follow',
  'lines',
  'with',
  'noSample',
  'stackKafkaPort',
  'stackPostgresPort',
  'connectPort',
  'mariadbPort',
] as const);

const all = Object.keys(options) as OptionName[];

/** Options that flags, variables and the configuration file may set, including those of earlier versions. */
export const settingNames: readonly OptionName[] = all.filter((name) => !perCall.has(name));

/** The option behind each key. */
export const keys: ReadonlyMap<string, Option> = new Map(
  settingNames.flatMap((name): (readonly [string, Option])[] => {
    const option: Option = options[name];
    return option.replacedBy === undefined ? [[option.flag, option]] : [];
  }),
);

/** Returns true if the file may set at least one of the options. */
export const readsConfig = (names: readonly OptionName[]): boolean => names.some((name) => !perCall.has(name));

/** Returns why a flag is not a valid key; undefined for a word that is not a flag. */
export function whyNoKey(word: string): string | undefined {
  const name = all.find((one) => flagsOf(options[one]).includes(word));
  if (name === undefined) return undefined;
  const option: Option = options[name];
  const now = option.replacedBy?.flag ?? option.flag;
  return now === word
    ? `'${word}' applies to a single call only: give it as --${word}`
    : `'${word}' is an old name: use '${now}'`;
}

const flagsOf = ({ flag, former }: Option): readonly string[] => [flag, ...(former?.flags ?? [])];
