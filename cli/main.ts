/** The `sluice` command. */
import { readFileSync } from 'node:fs';
import { keepHeapSmall } from '../services/heap.ts';
import { exitCodes } from './output/exit-codes.ts';
import { entriesFor } from './program/entries.ts';
import { runCommand } from './program/program.ts';
import { stoppedBy, stopSignal } from './program/stop-signal.ts';
import { asTyped, typed } from './program/typed-command.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Milliseconds until the process ends after its work has: whatever is left open must not keep it. */
const lingerLimit = 3_000;

const stopper = stopSignal();
const worded = asTyped(typed());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read our output has seen enough (`| head`): that is a stop, not an error.
  if (error.code !== 'EPIPE') {
    process.stderr.write(`sluice: cannot write the output: ${error.message}\n`);
    process.exitCode = exitCodes.failure;
  }
  stopper.abort(error);
});

/** Commands whose process holds a pipeline. */
const pipelineWords = ['run', 'replicate', 'demo', 'worker'];

const argv = process.argv.slice(2);
if (pipelineWords.includes(argv[0] ?? '')) keepHeapSmall();
const exit = await runCommand(argv, await entriesFor(argv[0]), version, {
  stop: stopper.signal,
  print: (line) => process.stdout.write(`${worded(line)}\n`),
  tell: (line) => process.stderr.write(`${worded(line)}\n`),
  env: process.env,
});
process.exitCode ||= exit;
// After a stop by the user nothing is worth waiting for: what had to be written is written.
if (stoppedBy(stopper.signal)) process.exit();
setTimeout(() => process.exit(), lingerLimit).unref();
