/**
 * Follows docs/guides/own-functions.md step by step in a copy of this checkout: the function of the page fills its column, and
 * `npm run check` passes with it and its test.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { describePostgres, freshDatabase } from './context.ts';
import { databaseOf } from './database-of.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

const page = await readFile(join(root, 'docs/guides/own-functions.md'), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/```(\w*)\n(.*?)```/gs)].flatMap(([, found, block = '']) => (found === language ? [block] : []));
const [code = '', itsTest = ''] = blocks(page, 'ts');
const [session = '', backfill = '', reason = ''] = blocks(page, '');
const [question = ''] = blocks(page, 'sql');

/** A command of a page and its output there. */
const sessionOf = (text: string) => {
  const [, command = '', printed = ''] = /^\$ ([^\n]*)\n(.*)$/s.exec(text) ?? [];
  return { command, printed };
};

/** Runs a command of a page with the `sluice` of a checkout. */
const shell = async (command: string, dir: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const own = command.replace('npx sluice', `${process.execPath} ${join(dir, 'bin/sluice.js')}`);
  return (await run('sh', ['-c', own], { env: { ...process.env, ...env } })).stdout;
};

test('docs/guides/enrichment.md shows the real output of --explain', async () => {
  const enrichment = await readFile(join(root, 'docs/guides/enrichment.md'), 'utf8');
  const [, text = ''] = /```\n(\$ [^\n]*--explain\n.*?)```/s.exec(enrichment) ?? [];
  const { command, printed } = sessionOf(text);
  expect(printed).toContain('by ');
  expect(await shell(command, root)).toBe(printed);
});

type Copy = AsyncDisposable & { readonly dir: string };

const leftOut = new Set(['node_modules', '.git', '.sluice', 'coverage']);

/** A copy of the checkout with the files of the page. */
async function copy(text = code): Promise<Copy> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-own-'));
  for (const name of (await readdir(root)).filter((one) => !leftOut.has(one)))
    await cp(join(root, name), join(dir, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  await rm(join(dir, 'udfs/own'), { recursive: true, force: true });
  await mkdir(join(dir, 'udfs/own'));
  await writeFile(join(dir, 'udfs/own/shared-mailbox.ts'), text);
  await writeFile(join(dir, 'udfs/own/shared-mailbox.test.ts'), itsTest);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

test('lint, types and unit tests pass with a user function', async () => {
  await using own = await copy();
  const program = (path: string, ...args: string[]) =>
    run(process.execPath, [join(root, 'node_modules', path), ...args], { cwd: own.dir });
  await program('@biomejs/biome/bin/biome', 'check', 'udfs', 'schemas');
  await program('typescript/bin/tsc', '--noEmit');
  // Those that look at functions and columns, and the user's.
  const looking = [
    'udfs/registry',
    'udfs/own',
    'schemas',
    'pipeline/stages',
    'services/enrich',
    'cli/',
    'test/imports',
    'test/rules',
  ];
  const { stdout } = await program(
    'vitest/vitest.mjs',
    'run',
    '--project',
    'unit',
    '--reporter',
    'verbose',
    ...looking,
  );
  expect(stdout).toContain('a shared mailbox is recognised in any case, and a person is not one');
});

const events = [
  { id: 1, email: 'Sales@acme.com' },
  { id: 2, email: 'ada@acme.com' },
  { id: 3, email: 'nobody' },
].map((user, at) => JSON.stringify({ ...user, cdc_operation: 'INSERT', cdc_sequence: at + 1 }));

const ask = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  withConnection(databaseOf(url), 'test', async (client) => (await client.query(sql)).rows);

describePostgres('the page about functions of your own', () => {
  const filled = 'select id, is_shared_mailbox from users_enriched order by id';

  test('adds a column to the output of `enrich` and to the table, and backfill fills existing rows', async () => {
    await using database = await freshDatabase('own');
    await using own = await copy();
    const { command, printed } = sessionOf(session);
    expect(await shell(command, own.dir)).toBe(printed);

    const env = { DATABASE_URL: database.url };
    const file = join(own.dir, 'events.jsonl');
    await writeFile(file, events.slice(0, 2).join('\n'));
    // Before the function exists.
    await shell(`npx sluice run --functions ${join(own.dir, 'data')} --source file:${file}`, own.dir, env);
    await writeFile(file, `${events.join('\n')}\n`);
    await shell(`npx sluice run --source file:${file}`, own.dir, env);
    expect(await ask(database.url, filled)).toEqual([
      { id: '1', is_shared_mailbox: null },
      { id: '2', is_shared_mailbox: null },
      { id: '3', is_shared_mailbox: null },
    ]);
    await shell(backfill.trim(), own.dir, env);
    expect(await ask(database.url, filled)).toEqual([
      { id: '1', is_shared_mailbox: true },
      { id: '2', is_shared_mailbox: false },
      { id: '3', is_shared_mailbox: null },
    ]);
  });

  test('parks only the record for which the function throws, with its column (rule 19)', async () => {
    await using database = await freshDatabase('own');
    // A typical mistake: it fails for one of three records.
    await using own = await copy(
      code.replace('return shared.has', "return (email === 'ada@acme.com' ? undefined! : shared).has"),
    );
    const file = join(own.dir, 'events.jsonl');
    await writeFile(file, events.join('\n'));
    await shell(`npx sluice run --source file:${file}`, own.dir, { DATABASE_URL: database.url });
    expect(await ask(database.url, filled)).toEqual([
      { id: '1', is_shared_mailbox: true },
      { id: '3', is_shared_mailbox: null },
    ]);
    expect(await ask(database.url, question)).toEqual([{ reason: reason.trim() }]);
  });
});
