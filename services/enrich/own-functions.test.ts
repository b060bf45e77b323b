/** Proves that the user's own functions are loaded in order, and that every error names its file. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loadOwnFunctions } from './own-functions.ts';

const file = (fields: Record<string, string>) =>
  `export default { ${Object.entries({
    column: "'score'",
    type: "'integer'",
    comment: "'A score.'",
    compute: '() => 1',
    ...fields,
  })
    .map(([name, code]) => `${name}: ${code}`)
    .join(', ')} };`;

async function folderWith(files: { readonly [name: string]: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-functions-'));
  for (const [name, text] of Object.entries(files)) {
    if (name.includes('/')) await mkdir(join(folder, name.split('/')[0] ?? ''), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('functions are loaded in the order of their files; tests, declarations and sub-folders are left out', async () => {
  await using own = await folderWith({
    'b.ts': `import { half } from './lib/half.ts'; ${file({ column: "'b'", compute: '() => half(4)' })}`,
    'a.mjs': file({ column: "'a'", type: "'varchar(5)'", compute: '(event) => event.email' }),
    'a.test.ts': 'throw new Error("a test")',
    'types.d.ts': 'export type X = 1;',
    'lib/half.ts': 'export const half = (n: number): number => n / 2;',
    'notes.md': '',
  });
  const loaded = await loadOwnFunctions(own.folder);
  expect(loaded.map(({ column, file: name }) => [column, name])).toEqual([
    ['a', 'a.mjs'],
    ['b', 'b.ts'],
  ]);
  expect(loaded[0]).toMatchObject({
    definition: { name: 'a', type: 'varchar(5)', limit: 5 },
    printedType: 'character varying(5)',
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(loaded[1]?.compute({} as never, {})).toBe(2);
});

test('no functions are loaded without a folder, and a named folder must exist', async () => {
  await expect(loadOwnFunctions('/nowhere/functions')).rejects.toMatchObject({
    code: 'own_function',
    message: expect.stringContaining('/nowhere/functions'),
  });
});

test.each<[what: string, text: string, message: RegExp]>([
  ['no default export', 'export const column = 1;', /no default export/],
  ['a syntax error', 'export default {', /one\.ts/],
  ["a column of Sluice's own", file({ column: "'email'" }), /column email is one of Sluice's own/],
  ['a computed column', file({ column: "'phone_e164'" }), /column phone_e164 is one of Sluice's own/],
  ['a bookkeeping column', file({ column: "'source_major'" }), /one of Sluice's own/],
  ['a column of PostgreSQL', file({ column: "'xmin'" }), /one of Sluice's own/],
  [
    'a name that JavaScript cannot store',
    file({ column: "'__proto__'" }),
    /column __proto__: JavaScript keeps no value/,
  ],
  ['a reserved beginning', file({ column: "'sluice_x'" }), /kept for Sluice/],
  ['capitals', file({ column: "'isShared'" }), /lower case letters/],
  ['a name that is too long', file({ column: `'${'x'.repeat(64)}'` }), /at most 63/],
  ['an unknown type', file({ type: "'money'" }), /type 'money': expected one of bigint/],
  ['no type', file({ type: 'undefined' }), /expected the name of a type/],
  ['no comment', file({ comment: "''" }), /comment: expected/],
  ['no function', file({ compute: '1' }), /compute: expected a function/],
])('%s is refused, and the error names the file', async (_, text, message) => {
  await using own = await folderWith({ 'one.ts': text });
  await expect(loadOwnFunctions(own.folder)).rejects.toMatchObject({
    code: 'own_function',
    message: expect.stringMatching(message),
  });
  await expect(loadOwnFunctions(own.folder)).rejects.toThrow('one.ts');
});

test('two files for one column are refused, and the error names both', async () => {
  await using own = await folderWith({ 'one.ts': file({}), 'two.ts': file({}) });
  await expect(loadOwnFunctions(own.folder)).rejects.toThrow(/two\.ts: column score is filled by one\.ts already/);
});

test('a Promise that rejects is refused like any other Promise and does not end the process', async () => {
  await using own = await folderWith({ 'one.ts': file({ compute: '() => Promise.reject(new Error("later"))' }) });
  const unhandled: unknown[] = [];
  const notice = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', notice);
  try {
    const [one] = await loadOwnFunctions(own.folder);
    expect(() => one?.compute({} as never, {})).toThrow('a Promise (functions must answer at once) is no integer');
    await sleep(20);
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', notice);
  }
});
