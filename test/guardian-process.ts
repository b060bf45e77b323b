/**
 * Watches a test run from outside. Its standard input is a pipe from the run: `+folder` adds a stack, `-folder` removes one that the run
 * has deleted itself. When the pipe ends, the run has ended or was killed, and the remaining stacks are stopped and deleted.
 */
import { createInterface } from 'node:readline';
import { stackDestroy } from '../stack/stack.ts';

const stacks = new Set<string>();
for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith('+')) stacks.add(line.slice(1));
  if (line.startsWith('-')) stacks.delete(line.slice(1));
}
for (const dir of stacks) {
  await stackDestroy(dir, () => undefined, { cache: true }).catch((error: unknown) => {
    process.stderr.write(`the test servers in ${dir} could not be stopped: ${error}\n`);
    process.exitCode = 1;
  });
}
