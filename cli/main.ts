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

/** Time after which the process exits although handles, such as sockets, are still open. */
const exitGraceMs = 3_000;

const stopper = stopSignal();
const toTyped = asTyped(typed());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A closed output (`| head`) is a stop, not an error.
  if (error.code !== 'EPIPE') {
    process.stderr.write(`sluice: cannot write the output: ${error.message}\n`);
    process.exitCode = exitCodes.failure;
  }
  stopper.abort(error);
});

/** Verbs that run a pipeline in their process. */
const pipelineVerbs = ['run', 'replicate', 'demo', 'worker'];

const argv = process.argv.slice(2);
if (pipelineVerbs.includes(argv[0] ?? '')) keepHeapSmall();
const exit = await runCommand(argv, await entriesFor(argv[0]), version, {
  stop: stopper.signal,
  print: (line) => process.stdout.write(`${toTyped(line)}\n`),
  printError: (line) => process.stderr.write(`${toTyped(line)}\n`),
  env: process.env,
});
process.exitCode ||= exit;
// After a stop by the user the verb has already written all that it read.
if (stoppedBy(stopper.signal)) process.exit();
setTimeout(() => process.exit(), exitGraceMs).unref();
