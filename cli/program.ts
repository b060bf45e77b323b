/** Turns verbs into a command line: commander reads the flags, `resolveOption` finds the values. */
import { Command, CommanderError } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { failureOf, tellFailure } from './failure.ts';
import { exampleText, exitCodeHelp, helpFlag, helpLayout, helpWidth, toFlag } from './help.ts';
import { type Origin, resolveOption, UsageError } from './option.ts';
import { inGroups } from './option-groups.ts';
import type { OptionName, Values } from './options.ts';
import { removedOption } from './removed-options.ts';
import { orStopped, type Stopped, stoppedBy } from './stop-signal.ts';
import { type Context, optionOf, type Verb } from './verb.ts';

/** Output and surroundings of the command. */
export type Surroundings = Pick<Context, 'stop' | 'print' | 'tell' | 'env'>;

/** `json` when the log of the running verb was asked for as JSON. */
type LogFormat = Values<'logFormat'>['logFormat'];

/** A verb, or a group of verbs such as `stack`. */
export type Entry = Verb | { readonly name: string; readonly summary: string; readonly verbs: readonly Verb[] };

/** Runs the command line and answers the exit code. Every failure becomes one clear line. */
export async function runCommand(
  argv: readonly string[],
  entries: readonly Entry[],
  version: string,
  surroundings: Surroundings,
): Promise<ExitCode | Stopped['exit']> {
  let exit: ExitCode | Stopped['exit'] = exitCodes.done;
  let format: LogFormat;
  const root = quiet(new Command('npx sluice'), surroundings)
    .description('Change events from Kafka, enriched, into PostgreSQL: nothing lost, nothing counted twice.')
    .version(version)
    .addHelpText('after', exitCodeHelp);
  const add = (parent: Command, path: string, verb: Verb) => {
    const command = toCommand(verb, path, surroundings, {
      started: (values) => (format = values.logFormat),
      ended: (code) => (exit = code),
    });
    parent.addCommand(command, { hidden: verb.hidden ?? false });
  };
  for (const entry of entries) {
    if ('verbs' in entry) {
      const path = `${root.name()} ${entry.name}`;
      const group = quiet(new Command(entry.name), surroundings, path).description(entry.summary);
      for (const verb of entry.verbs) add(group, path, verb);
      root.addCommand(group);
    } else add(root, root.name(), entry);
  }
  try {
    await root.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return failed(error, surroundings, format);
  }
}

/** commander writes through us and never ends the process. */
const quiet = (command: Command, { print, tell }: Surroundings, path = command.name()): Command =>
  command
    .exitOverride()
    .showHelpAfterError(`see \`${path} --help\``)
    .configureHelp(helpLayout)
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => tell(text.trimEnd()),
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    });

/** Told of the verb that runs. */
type Watch = {
  readonly started: (values: Partial<Values<OptionName>>) => void;
  readonly ended: (code: ExitCode | Stopped['exit']) => void;
};

function toCommand(verb: Verb, path: string, surroundings: Surroundings, { started, ended }: Watch): Command {
  const command = quiet(new Command(verb.name), surroundings, `${path} ${verb.name}`).description(verb.summary);
  for (const { name, description } of verb.args ?? []) command.argument(name, description);
  command.addHelpOption(helpFlag());
  for (const name of inGroups(verb.options)) command.addOption(toFlag(verb, name));
  if (verb.examples) command.addHelpText('after', exampleText(verb.examples));
  return command.action(async (...received: unknown[]) => {
    const args = received.slice(0, -2).filter((one): one is string => typeof one === 'string');
    const { values, origins } = valuesOf(verb, command.opts(), surroundings.env);
    started(values);
    const { stop, tell } = surroundings;
    const work = verb.run(values, { ...surroundings, origins, args });
    try {
      ended(await (verb.onStop === undefined ? orStopped(stop, work) : work));
    } catch (error) {
      const stopped = endedByStop(error, verb, stop);
      if (stopped === undefined) throw error;
      tell(`sluice: ${stopped.message}`);
      if (verb.stoppedAdvice) tell(`  ${verb.stoppedAdvice}`);
      ended(verb.onStop === 'serves' ? exitCodes.done : stopped.exit);
    }
  });
}

function valuesOf(verb: Verb, given: Record<string, unknown>, env: NodeJS.ProcessEnv) {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const name of verb.options) {
    const resolved = resolveOption(optionOf(verb, name), given[name] as string | boolean | undefined, env);
    values[name] = resolved.value;
    origins[name] = resolved.origin;
  }
  return { values: values as Values<OptionName>, origins };
}

/**
 * The stop that ended a verb. Work that it interrupts ends with its reason, or with an AbortError of what it waited for;
 * from a verb that serves such an error means that draining failed.
 */
function endedByStop(error: unknown, { onStop }: Verb, stop: AbortSignal): Stopped | undefined {
  const stopped = stoppedBy(stop);
  const interrupted = error instanceof Error && error.name === 'AbortError' && onStop !== 'serves';
  return error === stopped || interrupted ? stopped : undefined;
}

/** What went wrong in one line, what to do about it in the next; the exit code carries the verdict. */
function failed(error: unknown, { tell }: Surroundings, format: LogFormat): ExitCode {
  if (error instanceof CommanderError) {
    const instead = removedOption(error.message);
    if (instead !== undefined) tell(`  ${instead}`);
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof UsageError) {
    tell(`sluice: ${error.message}`);
    return exitCodes.usage;
  }
  const failure = failureOf(error);
  tellFailure(failure, format, tell);
  return exitCodes[failure.kind];
}
