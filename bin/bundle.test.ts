/** The bundle is made again when a source has changed, and where none can be made the sources run as they are. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const folders = [
  'adapters',
  'cli',
  'engines',
  'formats',
  'pipeline',
  'schemas',
  'services',
  'simulator',
  'stack',
  'udfs',
];
let checkout: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'sluice-bundle-'));
  for (const folder of folders) await mkdir(join(checkout, folder));
  await mkdir(join(checkout, 'node_modules'));
  for (const name of ['esbuild', 'tsx', 'get-tsconfig', 'resolve-pkg-maps', '@esbuild'])
    await symlink(join(root, 'node_modules', name), join(checkout, 'node_modules', name));
  await cp(join(root, 'bin'), join(checkout, 'bin'), { recursive: true });
  await writeFile(join(checkout, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(checkout, 'cli/main.ts'),
    `import { readFileSync } from 'node:fs';
     import { said } from '../pipeline/said.ts';
     const place: string = readFileSync(new URL('./beside.txt', import.meta.url), 'utf8');
     console.log(said, place, import.meta.filename.endsWith('.ts') ? 'as it is' : 'bundled');`,
  );
  await writeFile(join(checkout, 'cli/beside.txt'), 'beside');
});
afterAll(() => rm(checkout, { recursive: true, force: true }));

const says = (text: string) => writeFile(join(checkout, 'pipeline/said.ts'), `export const said: string = '${text}';`);

const run = async (env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(checkout, 'bin/sluice.js')], {
    env: { PATH: process.env.PATH, ...env },
  });
  return stdout.trim();
};

test('commands that start at once, a change, and a change back', async () => {
  await says('one');
  expect(await Promise.all([1, 2, 3, 4].map(() => run()))).toEqual(Array(4).fill('one beside bundled'));
  await says('other');
  expect(await run()).toBe('other beside bundled');
  await says('one');
  expect(await run()).toBe('one beside bundled');
});

test('without a place for the bundle', async () => {
  await rm(join(checkout, 'node_modules/.cache'), { recursive: true });
  await writeFile(join(checkout, 'node_modules/.cache'), '');
  await says('still');
  expect(await run()).toBe('still beside as it is');
});
