/** Runs the real command as a process of its own, as a user would. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/sluice.js', import.meta.url));

/** Exit code and output of a finished command. */
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A running command. */
export type Running = {
  readonly pid: number;
  /** Sends a signal. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Stops reading its standard output, as `head` does. */
  readonly closeOutput: () => void;
  readonly finished: Promise<Finished>;
  /** The whole output so far. */
  readonly said: () => string;
};

/** How to run it. */
export type Options = {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Milliseconds. */
  readonly limit?: number;
  /** Working folder; when absent, the working folder of the tests. */
  readonly cwd?: string;
};

const inherited = ['PATH', 'HOME', 'JAVA_HOME', 'TMPDIR', 'LANG'];

/** Folder for the lines that the processes ran, set by `npm run coverage`. */
const { SLUICE_COVERAGE: coverage } = process.env;

/** The name of the command in messages, the same on every machine. */
const wording = { SLUICE_COMMAND: 'npx sluice' };

/** Starts it with only the needed part of this process's environment; killed after `limit` ms (three minutes: CI runs several at once). */
export function start(args: readonly string[], { env = {}, input, limit = 180_000, cwd }: Options = {}): Running {
  const kept = Object.fromEntries(inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  const measured = coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage };
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...kept, ...measured, ...wording, ...env },
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const timer = setTimeout(() => {
    stderr += `\n(the test killed it after ${limit / 1000} s)\n`;
    child.kill('SIGKILL');
  }, limit);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    closeOutput: () => void child.stdout.destroy(),
    finished,
    said: () => stdout + stderr,
  };
}

/** Runs it to its end. */
export const sluice = (args: readonly string[], options?: Options): Promise<Finished> => start(args, options).finished;

/** Polls until `condition` holds; rejects after `limit` ms. */
export async function until(condition: () => Promise<boolean>, what: string, limit = 30_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
