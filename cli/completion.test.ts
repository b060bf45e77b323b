import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completionScript } from './completion.ts';
import { allEntries } from './program/entries.ts';

const entries = await allEntries();

const script = completionScript(entries, 'bash');

/** Returns the completions of bash after these words. */
function complete(...words: string[]): string[] {
  const ask = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['--norc', '-c', ask, 'bash', 'sluice', ...words], { encoding: 'utf8' });
  return said.split('\n').filter((line) => line !== '');
}

test.each([
  [['st'], ['stack', 'status']],
  [
    ['stack', ''],
    ['up', 'down', 'restart', 'status', 'logs', 'env', 'destroy', '--help'],
  ],
  [
    ['stack', 'd'],
    ['down', 'destroy'],
  ],
  [
    ['stack', 'status', '--'],
    ['--json', '--help'],
  ],
  [['run', '--until'], ['--until-caught-up']],
  [
    ['run', '--from', ''],
    ['earliest', 'latest'],
  ],
  [['run', '--topic', ''], []],
  [['completion', 'z'], ['zsh']],
])('sluice %j', (words, offered) => {
  expect(complete(...words)).toEqual(offered);
});

test('bash completes every verb and group, and every flag of a verb', () => {
  expect(complete('')).toEqual([...entries.map(({ name }) => name), '--help', '--version']);
  expect(complete('sql', '--')).toContain('--max-rows');
});

test('bash completes files for an argument that is a file', () => {
  expect(complete('enrich', 'packag')).toContain('package.json');
  expect(complete('simulate', '--data-file', 'packag')).toContain('package.json');
});

test('the script registers itself', () => {
  const said = execFileSync('bash', ['--norc', '-c', `${script}\ncomplete -p sluice`], { encoding: 'utf8' });
  expect(said.trim()).toBe('complete -F _sluice sluice');
});
