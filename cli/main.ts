/** The `sluice` command. */
import { readFileSync } from 'node:fs';
import { entries } from './entries.ts';
import { runCommand } from './program.ts';
import { stopSignal } from './stop-signal.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runCommand(process.argv.slice(2), entries, version, {
  stop: stopSignal(),
  print: (line) => process.stdout.write(`${line}\n`),
  tell: (line) => process.stderr.write(`${line}\n`),
  env: process.env,
});
