/** What the enrichment functions cost a process before the first record: their tables in memory, and the time to load them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Loads them, asks each once with cells that need every table, and tells what that took. */
const program = `
  gc();
  const before = process.memoryUsage.rss();
  const { user, system } = process.cpuUsage();
  const { enrichments } = await import('./udfs/registry.ts');
  const spent = process.cpuUsage({ user, system });
  const cells = { first_name: 'Ada', last_name: null, email: 'ada@mail.example.org', phone: '069 212 3456', city: 'Karbunare e Vogel',
    state: null, country: 'Xyzzy', postal_code: '9002' };
  const row = {};
  for (const { column, compute } of enrichments) row[column] = compute(cells, row);
  gc();
  console.log(JSON.stringify({ bytes: process.memoryUsage.rss() - before, cpu: spent.user + spent.system, country: row.inferred_country }));
`;

test('at most 42 MB of memory and a second of CPU', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', program],
    { cwd: root },
  );
  const cost = JSON.parse(stdout);
  expect(cost.country).toBe('AL');
  expect(cost.bytes).toBeLessThan(42e6);
  expect(cost.cpu).toBeLessThan(1e6);
}, 30_000);
