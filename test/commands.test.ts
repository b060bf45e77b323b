/** Messages and docs name commands as `npx sluice VERB`, which can be run unchanged. At run time the name is replaced by the typed one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allEntries } from '../cli/program/entries.ts';

const entries = await allEntries();

const root = join(import.meta.dirname, '..');

/** A verb after a bare `sluice`. A container's own command follows `exec SERVICE`. */
const bare = new RegExp(
  `(?<![\\w/.-])(?<!npx |exec \\w+ )sluice (?:${entries.map(({ name }) => name).join('|')})\\b`,
  'g',
);

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file) && !/\.test\.ts$|^decisions/.test(file))
    .map((file) => join(folder, file));
}

const sources = ['adapters', 'cli', 'pipeline', 'schemas', 'services', 'simulator', 'stack', 'udfs'];

/** The text without comments, which may name a verb in words. */
const withoutComments = (text: string): string => text.replace(/^\s*\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');

test.each(sources)('messages in %s/ name commands as they can be run', (folder) => {
  const found = filesIn(folder, /\.ts$/).flatMap((file) => {
    const text = withoutComments(readFileSync(join(root, file), 'utf8'));
    return (text.match(bare) ?? []).map((command) => `${file}: ${command}`);
  });
  expect(found).toEqual([]);
});

test('README and docs name commands as they can be run', () => {
  const found = ['README.md', ...filesIn('docs', /\.md$/)].flatMap((file) =>
    (readFileSync(join(root, file), 'utf8').match(bare) ?? []).map((command) => `${file}: ${command}`),
  );
  expect(found).toEqual([]);
});
