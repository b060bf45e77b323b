/**
 * `npm run coverage`: the lines that the unit and integration tests run, in the test processes and in the commands they start. Vitest
 * reports the executable lines and those that its own processes ran; V8 reports those of the commands. Fails under 90%.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const minPercent = 90;
const root = join(import.meta.dirname, '..');
const folder = join(root, 'coverage');
const processes = join(folder, 'processes');

/** The used part of Istanbul's format. */
type FileCoverage = {
  readonly statementMap: { readonly [id: string]: { readonly start: { readonly line: number } } };
  readonly s: { readonly [id: string]: number };
};
type Report = { readonly [path: string]: FileCoverage };

const node = (...args: string[]): void => {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SLUICE_COVERAGE: processes },
  });
  if (status !== 0) process.exit(status ?? 1);
};

const read = (path: string): Report => JSON.parse(readFileSync(path, 'utf8'));

/** Lines with statements; true if one of them ran. */
function lines(file: FileCoverage | undefined): Map<number, boolean> {
  const found = new Map<number, boolean>();
  for (const [id, { start }] of Object.entries(file?.statementMap ?? {})) {
    found.set(start.line, (found.get(start.line) ?? false) || (file?.s[id] ?? 0) > 0);
  }
  return found;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(processes, { recursive: true });
node('node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--project', 'integration', '--coverage');
// Vitest empties its report folder at its start, so the report of the commands is made afterwards.
const c8 = ['report', '--temp-directory', processes, '--reporter', 'json', '--reports-dir', join(folder, 'commands')];
node('node_modules/c8/bin/c8.js', ...c8, '--exclude', 'node_modules/**', '--exclude-after-remap');

const tests = read(join(folder, 'coverage-final.json'));
const commands = read(join(folder, 'commands', 'coverage-final.json'));
let total = 0;
let covered = 0;
const worst: { path: string; missed: number; of: number }[] = [];
for (const [path, file] of Object.entries(tests)) {
  const byCommands = lines(commands[path]);
  const all = [...lines(file)];
  const run = all.filter(([line, byTests]) => byTests || byCommands.get(line) === true).length;
  total += all.length;
  covered += run;
  worst.push({ path: relative(root, path), missed: all.length - run, of: all.length });
}
for (const { path, missed, of } of worst.sort((a, b) => b.missed - a.missed).slice(0, 15)) {
  process.stdout.write(`${String(missed).padStart(5)} of ${String(of).padStart(4)} lines not run  ${path}\n`);
}
const percent = (100 * covered) / total;
process.stdout.write(`lines: ${percent.toFixed(2)}% (${covered} of ${total}), at least ${minPercent}%\n`);
process.exitCode = percent < minPercent ? 1 : 0;
