import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { familyOf, parsePeak, parseStat, readPeak, readProcesses } from './processes.ts';

test('parent and CPU are parsed after a name with spaces and brackets', () => {
  const stat = '4711 (tmux: (a) b) S 42 4711 4711 0 -1 4194304 100 200 0 0 150 50 300 25 20 0 1 0 12345 1000 200';
  expect(parseStat(stat)).toEqual({ pid: 4711, parent: 42, cpu: 5.25 });
});

test('the peak is parsed, not the current memory', () => {
  expect(parsePeak('Name:\tnode\nVmPeak:\t  999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toBe(
    200 * 2 ** 20,
  );
  expect(parsePeak('Name:\tkthreadd\n')).toBe(0);
});

test('a family is a process with all its descendants, in any order of the list', () => {
  const one = (pid: number, parent: number) => ({ pid, parent, cpu: 1 });
  const all = [one(5, 3), one(3, 2), one(1, 0), one(4, 1), one(2, 1)];
  expect(familyOf(all, 2).map(({ pid }) => pid)).toEqual([2, 3, 5]);
  expect(familyOf(all, 99)).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'a child of this process is found, and one that has ended has no peak',
  async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const { pid = 0 } = child;
    expect(familyOf(readProcesses() ?? [], process.pid).map((one) => one.pid)).toContain(pid);
    expect(readPeak(pid)).toBeGreaterThan(0);
    child.kill();
    await once(child, 'exit');
    expect(readPeak(pid)).toBe(0);
    expect(readPeak(process.pid)).toBeGreaterThan(2 ** 20);
  },
);
