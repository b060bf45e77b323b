/**
 * What an option is, and how its value is found: flag, then environment, then default. A text that cannot be read names
 * the place it came from.
 */

/** Where a value came from. */
export type Origin = 'flag' | 'environment' | 'default';

type Common = {
  /** Long flag without dashes. */
  readonly flag: string;
  /** One letter, for a flag with one dash. */
  readonly short?: string;
  /** Environment variables that set it, the preferred one first. */
  readonly env?: readonly string[];
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

/** The value of an option and where it came from. `given` is what stood on the command line. */
export function resolveOption(
  option: Option,
  given: string | boolean | undefined,
  env: NodeJS.ProcessEnv,
): { value: unknown; origin: Origin } {
  if (given !== undefined) {
    const value = option.kind === 'switch' ? given : parse(option, String(given), `--${option.flag}`);
    return { value, origin: 'flag' };
  }
  for (const name of option.env ?? []) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    const value = option.kind === 'switch' ? parseSwitch(text, name) : parse(option, text, name);
    return { value, origin: 'environment' };
  }
  if (option.kind === 'switch') return { value: false, origin: 'default' };
  const text = option.default;
  return { value: text === undefined ? undefined : parse(option, text, `--${option.flag}`), origin: 'default' };
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
