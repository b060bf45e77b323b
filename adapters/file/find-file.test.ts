/** Proves that a file is found by its path or its URL form, and that a wrong path is explained. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFile } from './find-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-find-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is found by its name, and by its name with %20 for spaces', async () => {
  await writeFile(join(folder, 'a b.jsonl'), '');
  expect(await findFile(join(folder, 'a b.jsonl'))).toBe(join(folder, 'a b.jsonl'));
  expect(await findFile(join(folder, 'a%20b.jsonl'))).toBe(join(folder, 'a b.jsonl'));
});

test('a name that contains a percent sign itself takes precedence', async () => {
  await writeFile(join(folder, 'a%20b'), '');
  await writeFile(join(folder, 'a b'), '');
  await writeFile(join(folder, '100%'), '');
  expect(await findFile(join(folder, 'a%20b'))).toBe(join(folder, 'a%20b'));
  expect(await findFile(join(folder, '100%'))).toBe(join(folder, '100%'));
});

test('a missing file and a folder are errors that name the path', async () => {
  await mkdir(join(folder, 'days'));
  await writeFile(join(folder, 'file'), '');
  const none = join(folder, 'none');
  await expect(findFile(none)).rejects.toMatchObject({ code: 'missing_file', message: `there is no file ${none}` });
  await expect(findFile(join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'missing_file' });
  await expect(findFile(join(folder, 'days'))).rejects.toMatchObject({ code: 'not_a_file' });
});
