/** Proves that every link and every page that README, docs and messages name exists, and that every page is in the index. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, read } from './tree.ts';

const root = join(import.meta.dirname, '..');

const files = filesIn('.');
const pages = files.filter((file) => file.endsWith('.md'));
const docs = pages.filter((file) => file.startsWith('docs/'));

const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

/** The anchors of a page: its headings as GitHub names them, and `<a id="…">`. */
function anchorsOf(file: string): Set<string> {
  const text = withoutCode(read(file));
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

/** Links to files of this repository, each with its page. */
const links = pages.flatMap((page) =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { page, target, file: path === '' ? page : join(dirname(page), path), anchor };
    }),
);

test('every relative link leads to a file that exists', () => {
  expect(links.length).toBeGreaterThan(100);
  const broken = links.filter(({ file }) => !existsSync(join(root, file)));
  expect(broken.map(({ page, target }) => `${page}: ${target}`)).toEqual([]);
});

test('every link into a page leads to a heading that exists', () => {
  const broken = links.filter(
    ({ file, anchor }) =>
      anchor !== undefined && file.endsWith('.md') && existsSync(join(root, file)) && !anchorsOf(file).has(anchor),
  );
  expect(broken.map(({ page, target }) => `${page}: ${target}`)).toEqual([]);
});

test('every page that code, messages and configuration name exists', () => {
  const sources = files.filter((file) => /\.(ts|js|json|sql|ya?ml|sh|txt)$|Dockerfile|\.gitignore$/.test(file));
  const named = sources.flatMap((file) =>
    [...read(file).matchAll(/\bdocs\/[\w/.-]+\.md\b/g)].map(([page]) => ({ file, page })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ page }) => !existsSync(join(root, page)))).toEqual([]);
});

test('the index of the docs names every page', () => {
  const indexed = new Set(links.filter(({ page }) => page === 'docs/README.md').map(({ file }) => file));
  expect(docs.filter((page) => page !== 'docs/README.md' && !indexed.has(page))).toEqual([]);
});

test('every page of the docs but decisions says below its title, in one sentence, what it is for', () => {
  const isSilent = (page: string): boolean => {
    const [, head = ''] = /^# .+\n\n(This page (?:.+\n)+)\n/.exec(read(page)) ?? [];
    return !/^[^.]+(?:\.\w[^.]*)*\.$/.test(
      head
        .replace(/\]\([^)]*\)/g, ']')
        .replaceAll('\n', ' ')
        .trim(),
    );
  };
  const silent = docs.filter((page) => !page.startsWith('docs/decisions/') && isSilent(page));
  expect(silent).toEqual([]);
});

test('the README has at most 130 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(130);
});
