/**
 * Options and how their values are found: flag, then environment, then configuration file, then default. An error about a
 * value names its origin.
 */

/** Where a value came from. */
export type Origin = 'flag' | 'environment' | 'file' | 'default';

type Common = {
  /** Long flag without dashes; in the configuration file it is the key. */
  readonly flag: string;
  /** One letter, for a flag with one dash. */
  readonly short?: string;
  /** Environment variables that set it, the preferred one first. */
  readonly env?: readonly string[];
  /** Names of this option in earlier versions. They still work, but are not shown. */
  readonly former?: { readonly flags?: readonly string[]; readonly env?: readonly string[] };
  /** The option that replaces this one, which is hidden. Its variables remain current unless `env` replaces them. */
  readonly replacedBy?: { readonly flag: string; readonly env?: string };
  /** Variables with different values are an error. Otherwise the first one wins. */
  readonly mustAgree?: true;
  readonly description: string;
};

/** An option with a value of type `T`. */
export type ValueOption<T> = Common & {
  readonly kind: 'value';
  /** Placeholder in the help, such as `<host:port,...>`. */
  readonly value: string;
  /** Text used when nothing sets the option. */
  readonly default?: string;
  /** Converts the text. Throws an Error that names the expected form. */
  readonly parse: (text: string) => T;
};

/** An option that is on or off. */
export type SwitchOption = Common & { readonly kind: 'switch' };

/** Options by name. */
export type Options = { readonly [name: string]: Option };

/** Any option. */
export type Option = ValueOption<unknown> | SwitchOption;

/** Type of an option's value in a verb. */
export type ValueOf<O> = O extends { kind: 'switch' }
  ? boolean
  : O extends { parse: (text: string) => infer T }
    ? O extends { default: string }
      ? T
      : T | undefined
    : never;

/** A mistake in how the command was called; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The sources of option values, by precedence. */
export type Layers = {
  /** Flags of the command line, by long flag. */
  readonly flags: { readonly [flag: string]: string | boolean | undefined };
  readonly env: NodeJS.ProcessEnv;
  /** Entries of the configuration file, by key. */
  readonly file?: ReadonlyMap<string, FileEntry> | undefined;
};

/** A value of the configuration file and its place, such as `sluice.yaml:3`. */
export type FileEntry = { readonly text: string; readonly place: string };

/** The text that sets an option, and its origin. */
export type Setting = {
  readonly origin: Exclude<Origin, 'default'>;
  readonly text: string | boolean;
  /** The flag, the variable, or the line of the file. */
  readonly place: string;
};

/** Returns the setting of an option; undefined if nothing sets it. Throws UsageError for two names that disagree. */
export function settingOf(option: Option, { flags, env, file }: Layers): Setting | undefined {
  const asFlags = [option.flag, ...(option.former?.flags ?? [])].map((name) => `--${name}`);
  const flag = oneOfNames(asFlags, (name) => flags[name.slice(2)], true);
  if (flag !== undefined) return { origin: 'flag', text: flag.value, place: flag.name };
  const names = [...(option.env ?? []), ...(option.former?.env ?? [])];
  const variable = oneOfNames(names, (name) => env[name] || undefined, option.mustAgree ?? false);
  if (variable !== undefined) return { origin: 'environment', text: variable.value, place: variable.name };
  const entry = option.replacedBy === undefined ? file?.get(option.flag) : undefined;
  return entry && { origin: 'file', ...entry };
}

/** Returns the first name with a value. With `mustAgree`, throws UsageError if another name has a different value. */
function oneOfNames<T>(names: readonly string[], read: (name: string) => T | undefined, mustAgree: boolean) {
  const given = names.flatMap((name) => {
    const value = read(name);
    return value === undefined ? [] : [{ name, value }];
  });
  const [first] = given;
  const other = given.find(({ value }) => value !== first?.value);
  if (mustAgree && first !== undefined && other !== undefined) throw disagreement(first.name, other.name);
  return first;
}

/** The error about two names of one option with different values. */
export const disagreement = (one: string, other: string): UsageError =>
  new UsageError(`${one} and ${other} disagree: leave one of them out`);

/** Returns the value of a setting, or of the default if there is none. Throws UsageError for an invalid text. */
export function valueFrom(option: Option, setting: Setting | undefined): unknown {
  if (option.kind === 'switch') {
    if (setting === undefined || typeof setting.text === 'boolean') return setting?.text ?? false;
    return parseSwitch(setting.text, setting.place);
  }
  if (setting !== undefined) return parse(option, String(setting.text), setting.place);
  return option.default === undefined ? undefined : parse(option, option.default, `--${option.flag}`);
}

function parse<T>(option: ValueOption<T>, text: string, place: string): T {
  try {
    return option.parse(text);
  } catch (error) {
    throw new UsageError(`${place}: ${error instanceof Error ? error.message : error}`);
  }
}

function parseSwitch(text: string, name: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new UsageError(`${name}: expected true or false, got '${text}'`);
}
