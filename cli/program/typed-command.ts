/**
 * The command as this user types it. Messages name commands as `npx sluice VERB`; where output leaves the process, that
 * is replaced by what started it: `sluice` from a PATH, `node bin/sluice.js`, or whatever SLUICE_COMMAND says.
 */
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';

/** How code writes the command. */
const written = 'npx sluice';

const root = resolve(import.meta.dirname, '../..');

/** What this process knows of how it was started. */
export type Started = {
  /** `process.argv[1]`. */
  readonly program: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
};

/**
 * The command that starts this program again in the user's shell.
 *
 * A wrapper such as the one of the image says it by SLUICE_COMMAND: inside a container nobody knows how it was entered.
 */
export function typedCommand({ program = '', env, cwd }: Started): string {
  if (env.SLUICE_COMMAND) return env.SLUICE_COMMAND;
  const name = basename(program);
  if (name === 'sluice') {
    const folder = dirname(program);
    if (env.npm_command === 'exec' || /node_modules[\\/]\.bin$/.test(folder)) return written;
    return onPath(folder, env) ? name : byPath(program, cwd);
  }
  // Tests and benchmarks start parts of the command by programs of their own.
  if (!['sluice.js', 'main.ts'].includes(name)) return written;
  // `npm start`: whoever has typed npm in this checkout can type npx there.
  if (env.npm_package_json !== undefined && resolve(env.npm_package_json) === join(root, 'package.json'))
    return written;
  const path = byPath(program, cwd);
  return path === written ? written : `node ${path}`;
}

/** Replaces the command in a text for people. */
export const asTyped =
  (command: string) =>
  (text: string): string =>
    command === written ? text : text.replaceAll(written, command);

/** How this process was started; its output is worded accordingly. */
export const typed = (): string => typedCommand({ program: process.argv[1], env: process.env, cwd: process.cwd() });

const onPath = (folder: string, env: NodeJS.ProcessEnv): boolean =>
  (env.PATH ?? '').split(delimiter).some((one) => one !== '' && resolve(one) === resolve(folder));

/** A path for the shell, from the present folder. Logs are JSON, so one that needs escapes there is not used. */
function byPath(program: string, cwd: string): string {
  const near = relative(cwd, program);
  const path = near.startsWith('..') ? program : near.includes('/') ? near : `./${near}`;
  if (/^[\w./@:+-]+$/.test(path)) return path;
  return /["'\\\p{Cc}]/u.test(path) ? written : `'${path}'`;
}
