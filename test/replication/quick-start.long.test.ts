/**
 * The first replication as the docs describe it: the blocks of the pages run in order, in one shell, on a local stack of its
 * own.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { DEFAULT_DIR } from '../../stack/stack.ts';
import { bash, blocksOf } from '../page-blocks.ts';

const root = join(import.meta.dirname, '..', '..');
const page = (path: string) => readFile(join(root, path), 'utf8');

test.skipIf(inject('kafka') === null)(
  'the commands on the pages about replication work: copy, follow a change, move over, and leave nothing behind',
  { timeout: 600_000 },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-quick-start-'));
    // As root the servers run as another user, who needs access.
    await chmod(dir, 0o755);
    const cache = join(DEFAULT_DIR, 'cache');
    await mkdir(cache, { recursive: true });
    await symlink(cache, join(dir, 'cache'));
    const start = blocksOf(await page('docs/start/replicate-tables.md'));
    const replication = blocksOf(await page('docs/guides/replication.md'));
    const moving = blocksOf(await page('docs/guides/moving-a-database.md'));
    expect([start.length, replication.length, moving.length]).toEqual([2, 1, 9]);
    const steps = [...start, ...replication, ...moving].map(({ script }) => script);
    // A process that is still running in the background would keep the output open.
    const head = `set -euo pipefail; trap 'jobs -p | xargs -r kill' EXIT`;
    const left = `
      psql_() { npx sluice sql --csv --target-db "$TARGET_DB_URL" "$1" 2>/dev/null | tr -d '\\r'; }
      echo "left: $(psql_ "SELECT count(*) FROM pg_namespace WHERE nspname = 'sluice'" | tail -n 1) schemas"
      echo "kept: $(psql_ "SELECT count(*) FROM customers" | tail -n 1) customers"`;
    try {
      const { code, output } = await bash([head, ...steps, left].join('\n'), dir);
      expect(code, output.slice(-4_000)).toBe(0);
      expect(output).toContain('made the sample tables of data/sample_source.sql');
      expect(output).toMatch(/^1,Jane Doe/m);
      expect(output).toMatch(/^1\.99/m);
      expect(output.match(/the same counts/g)).toHaveLength(2);
      expect(output).toContain('removed the schema sluice');
      expect(output).toContain('left: 0 schemas');
      expect(output).toContain('kept: 201 customers');
    } finally {
      await bash('node bin/sluice.js stack destroy --yes', dir);
      await rm(dir, { recursive: true, force: true });
    }
  },
);
