/** `sluice stack destroy`: deletes the local stack. On a terminal it asks for confirmation. */
import { createInterface } from 'node:readline/promises';
import { DEFAULT_DIR, stackDestroy } from '../../stack/stack.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { verb } from '../program/verb.ts';

export const destroy = verb({
  name: 'destroy',
  summary: 'stop the servers and delete their data and logs; downloaded jars stay',
  stoppedAdvice: 'Some servers or data may remain: run the command again.',
  options: ['yes'],
  async run({ yes }, { printError, stop }) {
    // Without a terminal there is no question, because a script cannot answer.
    const asks = !yes && process.stdin.isTTY === true && process.stderr.isTTY === true;
    if (asks && !(await confirmed(`Delete all data and logs of the local stack in ${DEFAULT_DIR}? [y/N] `, stop))) {
      printError('nothing was deleted');
      return exitCodes.failure;
    }
    await stackDestroy(DEFAULT_DIR, printError);
    return exitCodes.done;
  },
});

async function confirmed(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(question, { signal })).trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
