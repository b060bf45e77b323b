/** Finds the commands of README and docs, and runs them in a shell. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** A `bash` block, with the comment above it. */
export type Block = { readonly script: string; readonly note: string | undefined };

/** The blocks of a page, in order. */
export const blocksOf = (page: string): readonly Block[] =>
  [...page.matchAll(/(?:<!-- ([^\n]*) -->\n)?```bash\n(.*?)```/gs)].map((match) => ({
    note: match[1],
    script: match[2] ?? '',
  }));

/** Runs a script in bash from the checkout, with a local stack of its own in `dir`. Killed after 560 s. */
export function bash(script: string, dir: string): Promise<{ code: number | null; output: string }> {
  const { PATH, HOME, JAVA_HOME, SLUICE_COVERAGE: coverage } = process.env;
  const measured = coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage };
  const env = { PATH, HOME, ...(JAVA_HOME ? { JAVA_HOME } : {}), SLUICE_DIR: dir, ...measured };
  // Killed in time, so that the stack can be removed afterwards.
  const child = spawn('bash', ['-c', script], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 560_000 });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
