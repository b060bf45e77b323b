/** Builds the command line from the verbs: commander parses the flags, `settingOf` finds the setting of each option. */
import { Command, CommanderError } from 'commander';
import { readConfig } from '../config/config-file.ts';
import { renameFlags, reportFormerNames } from '../config/former-names.ts';
import { type Layers, type Origin, type Setting, settingOf, UsageError, valueFrom } from '../options/option.ts';
import { inGroups, type OptionName, options, type Values } from '../options/options.ts';
import { removedOption } from '../options/removed.ts';
import { type ExitCode, exitCodes } from '../output/exit-codes.ts';
import { failureOf, printFailure } from '../output/failure.ts';
import { exampleText, exitCodeHelp, helpFlag, helpLayout, helpWidth, toFlags } from './help.ts';
import { orStopped, type Stopped, stoppedBy } from './stop-signal.ts';
import { type Context, optionOf, optionsOf, type Verb } from './verb.ts';

/** Output, environment and stop signal of the command. */
export type Surroundings = Pick<Context, 'stop' | 'print' | 'printError' | 'env'>;

/** The log format that the running verb was given. */
type LogFormat = Values<'logFormat'>['logFormat'];

/** A verb, or a group of verbs such as `stack`. */
export type Entry = Verb | { readonly name: string; readonly summary: string; readonly verbs: readonly Verb[] };

/** Runs the command line and returns the exit code. Prints every failure. */
export async function runCommand(
  argv: readonly string[],
  entries: readonly Entry[],
  version: string,
  surroundings: Surroundings,
): Promise<ExitCode | Stopped['exit']> {
  let exit: ExitCode | Stopped['exit'] = exitCodes.done;
  let format: LogFormat;
  const root = configure(new Command('npx sluice'), surroundings)
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
      const group = configure(new Command(entry.name), surroundings, path).description(entry.summary);
      for (const verb of entry.verbs) add(group, path, verb);
      root.addCommand(group);
    } else add(root, root.name(), entry);
  }
  try {
    await root.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return reportFailure(error, surroundings, format);
  }
}

/** Makes commander write through `print` and `printError`, and throw instead of ending the process. */
const configure = (command: Command, { print, printError }: Surroundings, path = command.name()): Command =>
  command
    .exitOverride()
    .showHelpAfterError(`see \`${path} --help\``)
    .configureHelp(helpLayout)
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printError(text.trimEnd()),
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    });

/** Callbacks of a running verb. */
type RunObserver = {
  readonly started: (values: Partial<Values<OptionName>>) => void;
  readonly ended: (code: ExitCode | Stopped['exit']) => void;
};

function toCommand(verb: Verb, path: string, surroundings: Surroundings, { started, ended }: RunObserver): Command {
  const command = configure(new Command(verb.name), surroundings, `${path} ${verb.name}`).description(verb.summary);
  for (const { name, description } of verb.args ?? []) command.argument(name, description);
  command.addHelpOption(helpFlag());
  for (const name of inGroups(optionsOf(verb))) for (const flag of toFlags(verb, name)) command.addOption(flag);
  if (verb.examples) command.addHelpText('after', exampleText(verb.examples));
  return command.action(async (...received: unknown[]) => {
    const args = received.slice(0, -2).filter((one): one is string => typeof one === 'string');
    const { stop, printError, env } = surroundings;
    const { values, ...known } = await valuesOf(verb, command.opts(), env);
    started(values);
    if (!verb.inspects) await reportFormerNames(known.settings, values, surroundings);
    const work = verb.run(values, { ...surroundings, ...known, args });
    try {
      ended(await (verb.onStop === undefined ? orStopped(stop, work) : work));
    } catch (error) {
      const stopped = endedByStop(error, verb, stop);
      if (stopped === undefined) throw error;
      printError(`sluice: ${stopped.message}`);
      if (verb.stoppedAdvice) printError(`  ${verb.stoppedAdvice}`);
      ended(verb.onStop === 'serves' ? exitCodes.done : stopped.exit);
    }
  });
}

/** Reads command line, environment and configuration file. Throws UsageError for a mistake, unless the verb has `inspects`. */
async function valuesOf(verb: Verb, given: Layers['flags'], env: NodeJS.ProcessEnv) {
  const faults: string[] = [];
  const orFault = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!verb.inspects || !(error instanceof UsageError)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const flags = orFault(() => renameFlags(given, verb.options.includes('targetDb'))) ?? {};
  const names = optionsOf(verb);
  const configSetting = names.includes('config') ? settingOf(options.config, { flags, env }) : undefined;
  const file = names.includes('config')
    ? await readConfig(configSetting && String(configSetting.text), process.cwd())
    : undefined;
  const [fault, ...more] = file?.faults ?? [];
  if (fault !== undefined && !verb.inspects)
    throw new UsageError(more.length === 0 ? fault : `${fault} (and ${more.length} more: \`npx sluice config check\`)`);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const settings: Record<string, Setting> = {};
  for (const name of names) {
    const option = optionOf(verb, name);
    const setting = orFault(() => settingOf(option, { flags, env, file: file?.entries }));
    values[name] = orFault(() => valueFrom(option, setting));
    origins[name] = setting?.origin ?? 'default';
    if (setting !== undefined) settings[name] = setting;
  }
  const inspected = { file: file?.path, faults: [...(file?.faults ?? []), ...faults] };
  return { values: values as Values<OptionName>, origins, settings, inspected };
}

/**
 * Returns the stop that ended a verb, if one did. Interrupted work throws the reason of the stop, or an AbortError of a
 * wait. From a verb with `serves`, an AbortError means that draining failed.
 */
function endedByStop(error: unknown, { onStop }: Verb, stop: AbortSignal): Stopped | undefined {
  const stopped = stoppedBy(stop);
  const interrupted = error instanceof Error && error.name === 'AbortError' && onStop !== 'serves';
  return error === stopped || interrupted ? stopped : undefined;
}

/** Prints an error with its advice. Returns the exit code. */
function reportFailure(error: unknown, { printError }: Surroundings, format: LogFormat): ExitCode {
  if (error instanceof CommanderError) {
    const instead = removedOption(error.message);
    if (instead !== undefined) printError(`  ${instead}`);
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof UsageError) {
    printError(`sluice: ${error.message}`);
    return exitCodes.usage;
  }
  const failure = failureOf(error);
  printFailure(failure, format, printError);
  return exitCodes[failure.kind];
}
