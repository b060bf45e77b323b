/** One word of the command: what it is called, which options it takes, what it does. */
import { readsConfig } from '../config/keys.ts';
import type { Option, Origin, Setting } from '../options/option.ts';
import { type OptionName, options, type Values } from '../options/options.ts';
import type { ExitCode } from '../output/exit-codes.ts';

/** What a verb gets besides its options. */
export type Context = {
  /** Aborts at the first SIGINT or SIGTERM, with a `Stopped` as reason; the second ends the process. */
  readonly stop: AbortSignal;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error. */
  readonly tell: (line: string) => void;
  /** Where each option's value came from. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** What set each option that something did set. */
  readonly settings?: Readonly<Record<string, Setting>>;
  readonly env: NodeJS.ProcessEnv;
  /** Positional arguments. */
  readonly args: readonly string[];
  /** For a verb that inspects: the configuration file, and what is wrong with it, with flags and with variables. */
  readonly inspected?: { readonly file: string | undefined; readonly faults: readonly string[] };
};

/** How a verb's option differs from its shared declaration. */
export type Override = {
  /** Used when neither flag nor environment says otherwise. */
  readonly default?: string;
  readonly description?: string;
  /** The shared default does not hold here: the description says what does. */
  readonly hidesDefault?: true;
};

/** A verb with the options it names. */
export type Verb<Names extends OptionName = OptionName> = {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as the help shows them, with what they mean. */
  readonly args?: readonly { readonly name: string; readonly description: string }[];
  /** Lines below the options in `--help`. */
  readonly examples?: readonly string[];
  readonly options: readonly Names[];
  /** What differs for this verb from the declaration in `options.ts`; a default here is the one used. */
  readonly overrides?: { readonly [N in Names]?: Override };
  /**
   * What a stop by the user does. Without it the command ends at once, with exit code 130 or 143. `drains`: the verb
   * watches `stop` and ends its work itself, throwing its reason when that was not done. `serves`: so too, but a stop is
   * its regular end, with exit code 0.
   */
  readonly onStop?: 'drains' | 'serves';
  /** What a person should know after a stop that cut the work. */
  readonly stoppedAdvice?: string;
  /** Left out of the help: for Sluice itself, not for people. */
  readonly hidden?: true;
  /** Runs although something that it was given is wrong, and gets what is: for the verb that explains the configuration. */
  readonly inspects?: true;
  readonly run: (values: Values<Names>, context: Context) => Promise<ExitCode>;
};

/** Declares a verb; keeps the names of its options for the types. */
export const verb = <const Names extends OptionName>(declaration: Verb<Names>): Verb<Names> => declaration;

/** The options of a verb, with that which names the configuration file where one may set them. */
export const optionsOf = ({ options: names, hidden }: Pick<Verb, 'options' | 'hidden'>): readonly OptionName[] =>
  !hidden && readsConfig(names) ? [...names, 'config'] : names;

/** An option as it is for this verb: the shared declaration with the verb's overrides. */
export function optionOf({ overrides }: Pick<Verb, 'overrides'>, name: OptionName): Option {
  const shared: Option = options[name];
  const { default: fallback, description = shared.description } = overrides?.[name] ?? {};
  if (shared.kind === 'switch' || fallback === undefined) return { ...shared, description };
  return { ...shared, description, default: fallback };
}

/** The default that help and docs show; undefined when there is none to show. */
export function shownDefault(verb: Pick<Verb, 'overrides'>, name: OptionName): string | undefined {
  const option = optionOf(verb, name);
  if (option.kind === 'switch' || option.replacedBy !== undefined) return undefined;
  return verb.overrides?.[name]?.hidesDefault ? undefined : option.default;
}
