/**
 * The command as the user types it. Messages name commands as `npx sluice VERB`; the output replaces that by the command
 * that started the process: `sluice` from the PATH, `node bin/sluice.js`, or the value of SLUICE_COMMAND.
 */
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';

/** The command in the messages of the code. */
const canonicalCommand = 'npx sluice';

const root = resolve(import.meta.dirname, '../..');

/** How the process was started. */
export type Started = {
  /** `process.argv[1]`. */
  readonly program: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
};

/**
 * Returns the command that starts this program in the user's shell.
 *
 * SLUICE_COMMAND comes from a wrapper, such as that of the image: a container cannot know the command that entered it.
 */
export function typedCommand({ program = '', env, cwd }: Started): string {
  if (env.SLUICE_COMMAND) return env.SLUICE_COMMAND;
  const name = basename(program);
  if (name === 'sluice') {
    const folder = dirname(program);
    if (env.npm_command === 'exec' || /node_modules[\\/]\.bin$/.test(folder)) return canonicalCommand;
    return onPath(folder, env) ? name : byPath(program, cwd);
  }
  // Tests and benchmarks start parts of the command from other programs.
  if (!['sluice.js', 'main.ts'].includes(name)) return canonicalCommand;
  // `npm start`: npx works in the same folder.
  if (env.npm_package_json !== undefined && resolve(env.npm_package_json) === join(root, 'package.json'))
    return canonicalCommand;
  const path = byPath(program, cwd);
  return path === canonicalCommand ? canonicalCommand : `node ${path}`;
}

/** Returns a function that replaces the command in a text for people. */
export const asTyped =
  (command: string) =>
  (text: string): string =>
    command === canonicalCommand ? text : text.replaceAll(canonicalCommand, command);

/** Returns the command that started this process. */
export const typed = (): string => typedCommand({ program: process.argv[1], env: process.env, cwd: process.cwd() });

const onPath = (folder: string, env: NodeJS.ProcessEnv): boolean =>
  (env.PATH ?? '').split(delimiter).some((one) => one !== '' && resolve(one) === resolve(folder));

/** Returns the path relative to the working folder, quoted for a shell. Paths that need JSON escapes in logs are not used. */
function byPath(program: string, cwd: string): string {
  const near = relative(cwd, program);
  const path = near.startsWith('..') ? program : near.includes('/') ? near : `./${near}`;
  if (/^[\w./@:+-]+$/.test(path)) return path;
  return /["'\\\p{Cc}]/u.test(path) ? canonicalCommand : `'${path}'`;
}
