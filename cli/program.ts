/** Turns verbs into a command line: commander reads the flags, `resolveOption` finds the values. */
import { Command, CommanderError, Option as Flag } from 'commander';
import { diagnose, type ExitCode, exitCodes, messageOf } from '../pipeline/errors.ts';
import { PrerequisiteError } from '../stack/prerequisite-error.ts';
import { type Option, type Origin, resolveOption, UsageError } from './option.ts';
import { type OptionName, options, type Values } from './options.ts';
import type { Context, Verb } from './verb.ts';

/** Output and surroundings of the command. */
export type Surroundings = Pick<Context, 'stop' | 'print' | 'tell' | 'env'>;

/** A verb, or a group of verbs such as `stack`. */
export type Entry = Verb | { readonly name: string; readonly summary: string; readonly verbs: readonly Verb[] };

/** Runs the command line and answers the exit code. Every failure becomes one clear line. */
export async function runCommand(
  argv: readonly string[],
  entries: readonly Entry[],
  version: string,
  surroundings: Surroundings,
): Promise<ExitCode> {
  let exit: ExitCode = exitCodes.done;
  const root = quiet(new Command('sluice'), surroundings)
    .description('Change events from Kafka, enriched, into PostgreSQL: nothing lost, nothing counted twice.')
    .version(version)
    .addHelpText('after', exitCodeHelp);
  const add = (parent: Command, verb: Verb) => {
    const command = toCommand(verb, surroundings, (code) => (exit = code));
    parent.addCommand(command, { hidden: verb.hidden ?? false });
  };
  for (const entry of entries) {
    if ('verbs' in entry) {
      const group = quiet(new Command(entry.name), surroundings).description(entry.summary);
      for (const verb of entry.verbs) add(group, verb);
      root.addCommand(group);
    } else add(root, entry);
  }
  try {
    await root.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return failed(error, surroundings);
  }
}

/** commander writes through us and never ends the process. */
const quiet = (command: Command, { print, tell }: Surroundings): Command =>
  command
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: (text) => tell(text.trimEnd()) });

function toCommand(verb: Verb, surroundings: Surroundings, setExit: (code: ExitCode) => void): Command {
  const command = quiet(new Command(verb.name), surroundings).description(verb.summary);
  for (const { name, description } of verb.args ?? []) command.argument(name, description);
  for (const name of verb.options) command.addOption(toFlag(name));
  if (verb.examples)
    command.addHelpText('after', `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join('\n')}`);
  return command.action(async (...received: unknown[]) => {
    const args = received.slice(0, -2).filter((one): one is string => typeof one === 'string');
    const { values, origins } = valuesOf(verb.options, command.opts(), surroundings.env);
    setExit(await verb.run(values, { ...surroundings, origins, args }));
  });
}

function toFlag(name: OptionName): Flag {
  const option: Option = options[name];
  const flags = option.kind === 'switch' ? `--${option.flag}` : `--${option.flag} ${option.value}`;
  const fallback = option.kind === 'value' && option.default !== undefined ? ` (default: ${option.default})` : '';
  const env = option.env ? ` [env: ${option.env.join(', ')}]` : '';
  const flag = new Flag(flags, `${option.description}${fallback}${env}`);
  // commander reads `--no-x` as the opposite of `--x`; here it is a switch of its own.
  flag.negate = false;
  flag.attributeName = () => name;
  return flag;
}

function valuesOf(names: readonly OptionName[], given: Record<string, unknown>, env: NodeJS.ProcessEnv) {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const name of names) {
    const resolved = resolveOption(options[name], given[name] as string | boolean | undefined, env);
    values[name] = resolved.value;
    origins[name] = resolved.origin;
  }
  return { values: values as Values<OptionName>, origins };
}

/** What went wrong in one line, what to do about it in the next; the exit code carries the verdict. */
function failed(error: unknown, { tell }: Surroundings): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof UsageError) {
    tell(`sluice: ${error.message}`);
    return exitCodes.usage;
  }
  if (error instanceof PrerequisiteError) {
    tell(`sluice: ${error.message}`);
    tell(`  ${error.fix}`);
    return exitCodes.failure;
  }
  const { advice, exit, code } = diagnose(error);
  tell(`sluice: ${messageOf(error)}${code === 'unknown' ? '' : ` [${code}]`}`);
  if (advice) tell(`  ${advice}`);
  return exit;
}

const exitCodeHelp = `
Exit codes: 0 done (parked records included), 1 failure, 2 usage, 3 breaker or books, 4 server unreachable or stop not drained, 5 stalled.
Servers: flag, then environment, then the running local stack, then localhost.`;
