/**
 * Proves that the README, the pages that continue it, and the page about own data are right: every `bash` block runs, in order,
 * in one shell. A block that cannot run here says why in a comment above it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeServers } from './context.ts';
import { type Block, bash, blocksOf } from './page-blocks.ts';

const root = join(import.meta.dirname, '..');
const read = (page: string) => readFile(join(root, page), 'utf8');

/** The README and the pages that it leads to, in the order in which they are read. */
const pages = [
  'README.md',
  'docs/start/try-to-break-it.md',
  'docs/start/replicate-tables.md',
  'docs/operate/containers.md',
];
const blocks = (await Promise.all(pages.map(read))).flatMap(blocksOf);

const ownData = await read('docs/start/your-own-data.md');

const has = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`]);
    return true;
  } catch {
    return false;
  }
};

/** The reason why a block does not run here; undefined if it does. */
function reason({ note }: Block): string | undefined {
  if (note?.startsWith('not run here: ')) return note.slice('not run here: '.length);
  const needed = /^needs: (\S+)$/.exec(note ?? '')?.[1];
  return needed !== undefined && !has(needed) ? `there is no ${needed} on this machine` : undefined;
}

test('only the commands for a fresh clone, replication, which has a long suite, and compose are not run', () => {
  const notRun = blocks.filter(({ note }) => note?.startsWith('not run here: ')).map(({ script }) => script.trim());
  expect(notRun.map((script) => script.split(' #')[0]?.split('\n')[0]?.trim())).toEqual([
    'npm ci && npm start',
    'npm ci && npm test',
    'npx sluice stack up --with connect',
    'node bin/sluice.js replicate --log-level warn & replica=$!',
    'docker compose up',
  ]);
});

describeServers('the README and the pages that continue it', () => {
  test('every block runs, in order, in one shell, and the kill comes while events are written', {
    timeout: 600_000,
  }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
    const run = blocks.filter((block) => reason(block) === undefined).map(({ script }) => script);
    expect(run.length).toBeGreaterThanOrEqual(3);
    try {
      const { code, output } = await bash(['set -euo pipefail', ...run].join('\n'), dir);
      expect({ code, output }).toEndWith(0);
      expect(output).toMatch(/idle: everything in the topic is durable/);
      expect(output).toMatch(/"email_category":/);
      expectKilledInTheMiddle(output);
    } finally {
      await bash('node bin/sluice.js stack destroy', dir);
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describeServers('the page about own data', () => {
  test('every block runs, in order, in one shell, and ends with the rows shown on the page', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-own-data-'));
    // The page makes a temporary folder, which is this one here.
    const run = [
      'mktemp() { TMPDIR="$SLUICE_DIR" command mktemp "$@"; }',
      ...blocksOf(ownData).map(({ script }) => script),
    ];
    expect(run.length).toBeGreaterThanOrEqual(8);
    try {
      const { code, output } = await bash(['set -euo pipefail', ...run].join('\n'), dir);
      expect({ code, output }).toEndWith(0);
      // enrich, then the three runs
      expect(output).toContain(
        "record 3: invalid_timestamp: created → created_at: 'yesterday' is not a number since 1970",
      );
      expect(output).toContain('fields that no column takes were left out: nickname (2)');
      expect(output).toMatch(/"id":9007199254740993,.*"created_at":"2024-01-15 10:30:00.123".*"source_system":"crm"/);
      expect(output.match(/"read":3,[^\n]*"msg":"done"/g)).toHaveLength(3);
      // SQL
      expect(output).toMatch(/9007199254740993 +│? *Ann Lee/);
      expect(output).toMatch(/\b2 +│? *Bo Dijk/);
      expect(output).toMatch(/\b4 .*DELETE/);
      expect(output).toContain("created → created_at: 'yesterday'");
    } finally {
      await bash('for one in "$SLUICE_DIR"/*/; do SLUICE_DIR="$one" node bin/sluice.js stack destroy; done', dir);
      await rm(dir, { recursive: true, force: true });
    }
  }, 300_000);
});

/** The kill of "Try to break it" left some events unread, and the second pass lost or changed none of them. */
function expectKilledInTheMiddle(output: string): void {
  const [, done, all] = /killed after (\d+) of (\d+) events/.exec(output) ?? [];
  expect(Number(done)).toBeGreaterThan(0);
  expect(Number(done)).toBeLessThan(Number(all));
  const [, read, accounted] = /read {2}accounted\n[─ ]+\n *(\d+) +(\d+)/.exec(output) ?? [];
  expect(Number(read)).toBeGreaterThan(Number(all));
  expect(accounted).toBe(read);
  expect(output).toMatch(/changed_by_a_second_pass\n─+\n +0\n/);
}
