/** Which options a configuration file may set. A key is the long flag without its dashes. */
import type { Option } from '../options/option.ts';
import { type OptionName, options } from '../options/options.ts';

/** Options that say what one call does. In a file they would change, delete or print with every call. */
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
] as const);

const all = Object.keys(options) as OptionName[];

/** Options that flags, variables and the configuration file set, those of earlier versions included. */
export const settingNames: readonly OptionName[] = all.filter((name) => !perCall.has(name));

/** The option behind each key. */
export const keys: ReadonlyMap<string, Option> = new Map(
  settingNames.flatMap((name): (readonly [string, Option])[] => {
    const option: Option = options[name];
    return option.replacedBy === undefined ? [[option.flag, option]] : [];
  }),
);

/** True for a verb with an option that the file may set. */
export const readsConfig = (names: readonly OptionName[]): boolean => names.some((name) => !perCall.has(name));

/** Why a flag is no key, undefined for a word that is no flag. */
export function whyNoKey(word: string): string | undefined {
  const name = all.find((one) => flagsOf(options[one]).includes(word));
  if (name === undefined) return undefined;
  const option: Option = options[name];
  const now = option.replacedBy?.flag ?? option.flag;
  return now === word
    ? `'${word}' is no setting but says what one call does: give it as --${word}`
    : `'${word}' is an old name: use '${now}'`;
}

const flagsOf = ({ flag, former }: Option): readonly string[] => [flag, ...(former?.flags ?? [])];
