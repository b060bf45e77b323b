/** The `sluice` command. */
import { readFileSync } from 'node:fs';
import { demo } from './demo.ts';
import { enrich } from './enrich.ts';
import { type Entry, runCommand } from './program.ts';
import { run } from './run.ts';
import { simulate } from './simulate.ts';
import { stack } from './stack.ts';
import { status } from './status.ts';
import { stopSignal } from './stop-signal.ts';

const entries: readonly Entry[] = [demo, stack, run, simulate, status, enrich];

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runCommand(process.argv.slice(2), entries, version, {
  stop: stopSignal(),
  print: (line) => process.stdout.write(`${line}\n`),
  tell: (line) => process.stderr.write(`${line}\n`),
  env: process.env,
});
