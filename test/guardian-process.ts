/**
 * Watches a test run from outside. Its standard input is a pipe from the run: `+folder` names a stack to look after,
 * `-folder` one that the run deleted itself. When the pipe ends the run is over, killed or not, and what is still
 * named is stopped and deleted.
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
