/**
 * What an option is, and how its value is found: flag, then environment, then configuration file, then default. A text
 * that cannot be read names the place it came from.
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
  /** Names of earlier versions for the same option. They go on working, and are not shown. */
  readonly former?: { readonly flags?: readonly string[]; readonly env?: readonly string[] };
  /** What replaces this option, which is not shown then. Its variables are current names unless `env` replaces them. */
  readonly replacedBy?: { readonly flag: string; readonly env?: string };
  /** Variables that differ are an error. Without it the first one holds. */
  readonly mustAgree?: true;
  readonly description: string;
};

/** An option with a value of type `T`. */
export type ValueOption<T> = Common & {
  readonly kind: 'value';
  /** Placeholder in the help, such as `<host:port,...>`. */
  readonly value: string;
  /** What holds when nothing is said. */
  readonly default?: string;
  /** Converts the text; throws an Error with what was expected. */
  readonly parse: (text: string) => T;
};

/** An option that is on or off. */
export type SwitchOption = Common & { readonly kind: 'switch' };

/** Any option. */
export type Option = ValueOption<unknown> | SwitchOption;

/** The type an option's value has for a verb. */
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

/** What may set an option. */
export type Layers = {
  /** What stood on the command line, by long flag. */
  readonly flags: { readonly [flag: string]: string | boolean | undefined };
  readonly env: NodeJS.ProcessEnv;
  /** What the configuration file says, by key. */
  readonly file?: ReadonlyMap<string, FileEntry> | undefined;
};

/** A value of the configuration file, and where it stands, such as `sluice.yaml:3`. */
export type FileEntry = { readonly text: string; readonly place: string };

/** A text that sets an option. */
export type Setting = {
  readonly origin: Exclude<Origin, 'default'>;
  readonly text: string | boolean;
  /** The flag, the variable, or the line of the file. */
  readonly place: string;
};

/** What sets an option, undefined where nothing does. Throws UsageError for two names that disagree. */
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

/** The first name with a value. Throws UsageError where others have another one and must not. */
function oneOfNames<T>(names: readonly string[], read: (name: string) => T | undefined, mustAgree: boolean) {
  const said = names.flatMap((name) => {
    const value = read(name);
    return value === undefined ? [] : [{ name, value }];
  });
  const [first] = said;
  const other = said.find(({ value }) => value !== first?.value);
  if (mustAgree && first !== undefined && other !== undefined) throw disagreement(first.name, other.name);
  return first;
}

/** Two names for one thing that say different things. */
export const disagreement = (one: string, other: string): UsageError =>
  new UsageError(`${one} and ${other} disagree: leave one of them out`);

/** The value of a setting, or of the default where nothing sets the option. Throws UsageError for what cannot be read. */
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
