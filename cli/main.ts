/** The `sluice` command. */
import { readFileSync } from 'node:fs';
import { exitCodes } from '../pipeline/errors.ts';
import { entries } from './entries.ts';
import { runCommand } from './program.ts';
import { stopSignal } from './stop-signal.ts';
import { worker } from './worker.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Milliseconds until the process ends after its work has: whatever is left open must not keep it. */
const lingerLimit = 3_000;

const stopper = stopSignal();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read our output has seen enough (`| head`): that is a stop, not an error.
  if (error.code !== 'EPIPE') {
    process.stderr.write(`sluice: cannot write the output: ${error.message}\n`);
    process.exitCode = exitCodes.failure;
  }
  stopper.abort(error);
});

const exit = await runCommand(process.argv.slice(2), [...entries, worker], version, {
  stop: stopper.signal,
  print: (line) => process.stdout.write(`${line}\n`),
  tell: (line) => process.stderr.write(`${line}\n`),
  env: process.env,
});
process.exitCode ||= exit;
setTimeout(() => process.exit(), lingerLimit).unref();
