/** Follows docs/13-enrichment.md, "Your own function in five minutes", to the letter, in a copy of this checkout. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from './context.ts';

const root = join(import.meta.dirname, '..');
const page = await readFile(join(root, 'docs/13-enrichment.md'), 'utf8');
const section = page.slice(page.indexOf('## Your own function'), page.indexOf('## The tables'));
const blocks = [...section.matchAll(/```(\w*)\n(.*?)```/gs)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const texts = (language: string) => blocks.filter((block) => block.language === language).map(({ text }) => text);
const [code = '', line = ''] = texts('ts');
const [migration = '', question = ''] = texts('sql');
const [session = '', reason = ''] = texts('');

const run = promisify(execFile);

/** A command of the page and what it prints there. */
const sessionOf = (text: string) => {
  const [, command = '', printed = ''] = /^\$ ([^\n]*)\n(.*)$/s.exec(text) ?? [];
  return { command, printed };
};

/** Runs a command of the page with the `sluice` of a checkout. */
const shell = async (command: string, dir: string): Promise<string> => {
  const own = command.replace('npx sluice', `${process.execPath} ${join(dir, 'bin/sluice.js')}`);
  return (await run('sh', ['-c', own])).stdout;
};

test('what the page shows of --explain is what it prints', async () => {
  const [, text = ''] = /```\n(\$ [^\n]*--explain\n.*?)```/s.exec(page) ?? [];
  const { command, printed } = sessionOf(text);
  expect(printed).toContain('by ');
  expect(await shell(command, root)).toBe(printed);
});

/** A copy with the three steps done; `change` spoils the function's file. */
async function copyWith(change: (code: string) => string): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-own-'));
  for (const folder of ['adapters', 'bin', 'cli', 'monitor', 'pipeline', 'schemas', 'simulator', 'stack', 'udfs'])
    await cp(join(root, folder), join(dir, folder), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) await cp(join(root, file), join(dir, file));
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));

  await writeFile(join(dir, 'udfs/shared-mailbox.ts'), change(code));
  const registry = await readFile(join(dir, 'udfs/registry.ts'), 'utf8');
  const withLine = registry.replace('\n];\n', `\n${line}];\n`);
  expect(withLine).not.toBe(registry);
  await writeFile(join(dir, 'udfs/registry.ts'), `import { isSharedMailbox } from './shared-mailbox.ts';\n${withLine}`);
  const folder = join(dir, 'schemas/migrations');
  const next = String((await readdir(folder)).length + 1).padStart(3, '0');
  await writeFile(join(folder, `${next}_users_shared_mailbox.sql`), migration);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

const sluice = (dir: string, args: readonly string[], database: string) =>
  run(process.execPath, [join(dir, 'bin/sluice.js'), ...args], {
    cwd: dir,
    env: { ...process.env, DATABASE_URL: database },
  });

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const events = [
  { id: 1, email: 'Sales@acme.com' },
  { id: 2, email: 'ada@acme.com' },
  { id: 3, email: 'nobody' },
].map((user, at) => JSON.stringify({ ...user, cdc_operation: 'INSERT', cdc_sequence: at + 1 }));

describePostgres('the page about a function of your own', () => {
  test('leads to a new column, filled, in what `enrich` prints and in the table', async () => {
    await using database = await freshDatabase('own');
    await using copy = await copyWith((text) => text);
    const { command, printed } = sessionOf(session);
    expect(await shell(command, copy.dir)).toBe(printed);

    const file = join(copy.dir, 'events.jsonl');
    await writeFile(file, events.join('\n'));
    await sluice(copy.dir, ['run', '--source', `file:${file}`, '--until-caught-up'], database.url);
    expect(await ask(database.url, 'select id, is_shared_mailbox from users_enriched order by id')).toEqual([
      { id: '1', is_shared_mailbox: true },
      { id: '2', is_shared_mailbox: false },
      { id: '3', is_shared_mailbox: null },
    ]);
  });

  test('tells what becomes of a record for which it throws: that one alone is parked, with its column (rule 19)', async () => {
    await using database = await freshDatabase('own');
    // A mistake as people make it: it fails for one of the three.
    const mistake =
      'const { local, valid } = email === "ada@acme.com" ? ({} as { local: string; valid: boolean }) : readEmail(email);';
    await using copy = await copyWith((text) =>
      text
        .replace('const { local, valid } = readEmail(email);', mistake)
        .replace('return valid ?', 'return valid !== false ?'),
    );
    const file = join(copy.dir, 'events.jsonl');
    await writeFile(file, events.join('\n'));
    await sluice(copy.dir, ['run', '--source', `file:${file}`, '--until-caught-up'], database.url);
    expect(await ask(database.url, 'select id, is_shared_mailbox from users_enriched order by id')).toEqual([
      { id: '1', is_shared_mailbox: true },
      { id: '3', is_shared_mailbox: null },
    ]);
    expect(await ask(database.url, question)).toEqual([{ reason: reason.trim() }]);
  });

  test('tells that a function without its migration does not start', async () => {
    await using database = await freshDatabase('own');
    await using copy = await copyWith((text) => text);
    const folder = join(copy.dir, 'schemas/migrations');
    const own = (await readdir(folder)).find((name) => name.endsWith('_users_shared_mailbox.sql'));
    await rm(join(folder, own ?? ''));
    const file = join(copy.dir, 'events.jsonl');
    await writeFile(file, events.join('\n'));
    await expect(
      sluice(copy.dir, ['run', '--source', `file:${file}`, '--until-caught-up'], database.url),
    ).rejects.toMatchObject({ stderr: expect.stringContaining('is_shared_mailbox') });
  });
});
