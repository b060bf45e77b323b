/** Proves that the last lines of a log are found, and that following misses no line, even when the log is rotated. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followLog, lastLines } from './logs.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-logs-'));
  file = join(dir, 'kafka.log');
});
afterEach(() => rm(dir, { recursive: true }));

test.each([
  ['a\nb\nc\n', 2, ['b', 'c']],
  ['a\nb\nc\n', 9, ['a', 'b', 'c']],
  ['a\nb\nc\n', 0, []],
  ['a\nb\nunfinished', 2, ['a', 'b']],
  ['a\r\nb\r\n', 1, ['b']],
  ['', 3, []],
])('a log %j with %i lines requested gives %j', async (text, count, expected) => {
  await writeFile(file, text);
  expect((await lastLines(file, count)).lines).toEqual(expected);
});

test('a log of several megabytes gives only whole lines', async () => {
  const line = 'x'.repeat(1000);
  await writeFile(file, Array.from({ length: 3000 }, (_, index) => `${index} ${line}\n`).join(''));
  const { lines } = await lastLines(file, 100_000);
  expect(lines.length).toBeGreaterThan(900);
  expect(lines.every((one) => one.endsWith(` ${line}`))).toBe(true);
  expect(lines.at(-1)).toMatch(/^2999 /);
});

test('a missing log has no lines', async () => {
  expect(await lastLines(file, 5)).toEqual({ lines: [], next: 0 });
});

test('following prints line by line what is written later, even after the log was rotated', async () => {
  await writeFile(file, 'old\n');
  const { next } = await lastLines(file, 1);
  const seen: string[] = [];
  const stop = new AbortController();
  const following = followLog(file, next, (line) => seen.push(line), stop.signal);
  await appendFile(file, 'new\nhal');
  await vi.waitFor(() => expect(seen).toEqual(['new']), 5_000);
  await appendFile(file, 'f\n');
  await vi.waitFor(() => expect(seen).toEqual(['new', 'half']), 5_000);
  await writeFile(file, 'again\n');
  await vi.waitFor(() => expect(seen).toEqual(['new', 'half', 'again']), 5_000);
  stop.abort();
  await following;
});
