/** Checks the direction of imports, and that the core knows no product: a folder may import only what this table allows. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

const mayImport: { readonly [folder: string]: readonly string[] } = {
  schemas: [],
  udfs: ['schemas'],
  formats: ['schemas'],
  pipeline: ['schemas', 'udfs', 'formats'],
  adapters: ['schemas', 'formats', 'pipeline'],
  engines: ['schemas', 'formats', 'pipeline'],
  services: ['schemas', 'udfs', 'formats', 'pipeline', 'adapters', 'engines'],
  simulator: ['schemas', 'formats', 'adapters'],
  stack: [],
  cli: ['schemas', 'udfs', 'formats', 'pipeline', 'adapters', 'engines', 'services', 'simulator', 'stack'],
};

/** Files of the pipeline that may import the types of users. */
const knowUsers = ['pipeline/graph.ts', 'pipeline/stages/enrich.ts', 'pipeline/stages/users.ts'];

type Import = { readonly file: string; readonly target: string };

const top = (path: string): string => path.split(sep)[0] ?? '';

/** The imports of the files of a folder, its tests left out unless they are asked for. */
function importsOf(folder: string, withTests = false): Import[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && (withTests || !file.endsWith('.test.ts')))
    .map((file) => join(folder, file));
  return files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return [...source.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => ({
      file,
      target: relative(root, join(root, dirname(file), path)),
    }));
  });
}

test.each(Object.entries(mayImport))('%s imports only allowed folders', (folder, allowed) => {
  const imports = importsOf(folder);
  expect(imports.length).toBeGreaterThan(0);
  const wrong = imports.filter(({ target }) => top(target) !== folder && !allowed.includes(top(target)));
  expect(wrong).toEqual([]);
});

/** Tests of the command line itself, which therefore import it. */
const testCommands = ['test/commands.test.ts', 'test/kubernetes.test.ts'];

/** All folders; `bench` and `test` may import every folder of sources except the command line. */
const folders = [...Object.keys(mayImport), 'bench', 'test'];

test('only tests of the command line import it, and no source imports benchmarks or tests', () => {
  const imports = folders.flatMap((folder) => importsOf(folder, ['bench', 'test'].includes(folder)));
  const wrong = imports.filter(({ file, target }) => {
    const [from, to] = [top(file), top(target)];
    if (to === from) return false;
    if (to === 'cli') return from !== 'cli' && !testCommands.includes(file.split(sep).join('/'));
    return to === 'bench' || (to === 'test' && from !== 'bench');
  });
  expect(wrong).toEqual([]);
  const commands = imports.filter(({ file, target }) => top(file) === 'test' && top(target) === 'cli');
  expect([...new Set(commands.map(({ file }) => file.split(sep).join('/')))].sort()).toEqual(testCommands);
});

test('only the graph and the stages users and enrich know users, and no adapter or engine does', () => {
  const users = /^(udfs|formats[/\\]flat|schemas[/\\](user-event|user-fields|users-enriched))/;
  const wrong = [...importsOf('pipeline'), ...importsOf('adapters'), ...importsOf('engines')].filter(
    ({ file, target }) => users.test(target) && !knowUsers.includes(file.split(sep).join('/')),
  );
  expect(wrong).toEqual([]);
});

test('the contract, the types and the sink know no engine, and no engine knows another', () => {
  const engineOf = (path: string): string | undefined => {
    const [, folder = ''] = path.split(sep);
    return folder.endsWith('.ts') || ['sink', 'types'].includes(folder) ? undefined : folder;
  };
  const imports = importsOf('engines');
  expect(imports.some(({ file }) => engineOf(file) === undefined)).toBe(true);
  const wrong = imports.filter(({ file, target }) => {
    const other = top(target) === 'engines' ? engineOf(target) : undefined;
    return other !== undefined && other !== engineOf(file);
  });
  expect(wrong).toEqual([]);
});

/** What belongs to a database product, to its driver, to the command line or to the process. */
const foreign = [
  /\bSQLSTATE\b/,
  /\bCOPY\b/,
  /\b(?:psql|libpq|pgoutput)\b/,
  /from 'pg(?:-[a-z-]+)?'/,
  /\b(?:select|delete)\b.*\bfrom\b.*\b(?:where|sluice\.)/i,
  /(?:^|[\s`'(])--[a-z]{2}/,
  /\bprocess\.(?:exit|argv|env)\b/,
  /\bsetFlagsFromString\b/,
];

test('the pipeline has no word of a database product, of the command line or of the process', () => {
  const files = readdirSync(join(root, 'pipeline'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(sources.length).toBeGreaterThan(20);
  const found = sources.flatMap((file) =>
    readFileSync(join(root, 'pipeline', file), 'utf8')
      .split('\n')
      .filter((line) => foreign.some((pattern) => pattern.test(line)))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
