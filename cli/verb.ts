/** One word of the command: what it is called, which options it takes, what it does. */
import type { ExitCode } from '../pipeline/errors.ts';
import type { Origin } from './option.ts';
import type { OptionName, Values } from './options.ts';

/** What a verb gets besides its options. */
export type Context = {
  /** Aborts at the first SIGINT or SIGTERM; the second ends the process. */
  readonly stop: AbortSignal;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error. */
  readonly tell: (line: string) => void;
  /** Where each option's value came from. */
  readonly origins: Readonly<Record<string, Origin>>;
  readonly env: NodeJS.ProcessEnv;
  /** Positional arguments. */
  readonly args: readonly string[];
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
  /** Left out of the help: for Sluice itself, not for people. */
  readonly hidden?: true;
  readonly run: (values: Values<Names>, context: Context) => Promise<ExitCode>;
};

/** Declares a verb; keeps the names of its options for the types. */
export const verb = <const Names extends OptionName>(declaration: Verb<Names>): Verb<Names> => declaration;
