/** The declaration of a verb: its name, options and action. */
import { readsConfig } from '../config/keys.ts';
import type { Option, Origin, Setting } from '../options/option.ts';
import { type OptionName, options, type Values } from '../options/options.ts';
import type { ExitCode } from '../output/exit-codes.ts';

/** The input of a verb besides its options. */
export type Context = {
  /** Aborts at the first SIGINT or SIGTERM, with a `Stopped` as reason; the second ends the process. */
  readonly stop: AbortSignal;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error. */
  readonly printError: (line: string) => void;
  /** Origin of each option's value. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** Setting of each option that is set. */
  readonly settings?: Readonly<Record<string, Setting>>;
  readonly env: NodeJS.ProcessEnv;
  /** Positional arguments. */
  readonly args: readonly string[];
  /** For a verb with `inspects`: the configuration file, and the mistakes in file, flags and variables. */
  readonly inspected?: { readonly file: string | undefined; readonly faults: readonly string[] };
};

/** Differences of a verb's option from the shared declaration. */
export type Override = {
  /** Text used when nothing sets the option. */
  readonly default?: string;
  readonly description?: string;
  /** The shared default does not apply; the description states what does. */
  readonly hidesDefault?: true;
};

/** A verb and its options. */
export type Verb<Names extends OptionName = OptionName> = {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as shown in the help, with descriptions. */
  readonly args?: readonly { readonly name: string; readonly description: string }[];
  /** Lines below the options in `--help`. */
  readonly examples?: readonly string[];
  readonly options: readonly Names[];
  /** Differences from the declarations in `options.ts`. */
  readonly overrides?: { readonly [N in Names]?: Override };
  /**
   * Effect of a stop by the user. By default the command ends at once, with exit code 130 or 143. `drains`: the verb
   * watches `stop`, ends its work itself, and throws the reason of the stop if the work was not done. `serves`: the same,
   * but a stop is the regular end, with exit code 0.
   */
  readonly onStop?: 'drains' | 'serves';
  /** Advice after a stop that interrupted the work. */
  readonly stoppedAdvice?: string;
  /** Omitted from the help: only Sluice itself uses the verb. */
  readonly hidden?: true;
  /** Runs despite mistakes in options and receives them as `inspected`. For `config check`. */
  readonly inspects?: true;
  readonly run: (values: Values<Names>, context: Context) => Promise<ExitCode>;
};

/** Declares a verb and infers the names of its options. */
export const verb = <const Names extends OptionName>(declaration: Verb<Names>): Verb<Names> => declaration;

/** Returns the options of a verb, with `config` if a configuration file may set one of them. */
export const optionsOf = ({ options: names, hidden }: Pick<Verb, 'options' | 'hidden'>): readonly OptionName[] =>
  !hidden && readsConfig(names) ? [...names, 'config'] : names;

/** Returns the shared declaration of an option with the verb's overrides. */
export function optionOf({ overrides }: Pick<Verb, 'overrides'>, name: OptionName): Option {
  const shared: Option = options[name];
  const { default: fallback, description = shared.description } = overrides?.[name] ?? {};
  if (shared.kind === 'switch' || fallback === undefined) return { ...shared, description };
  return { ...shared, description, default: fallback };
}

/** Returns the default shown in help and docs; undefined if none is shown. */
export function shownDefault(verb: Pick<Verb, 'overrides'>, name: OptionName): string | undefined {
  const option = optionOf(verb, name);
  if (option.kind === 'switch' || option.replacedBy !== undefined) return undefined;
  return verb.overrides?.[name]?.hidesDefault ? undefined : option.default;
}
