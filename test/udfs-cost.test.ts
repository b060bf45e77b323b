/** The cost of the enrichment functions before the first record: their tables in memory, and the time to load them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Loads them, calls each once with cells that need every table, and measures the cost. */
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

/** The minimum of three runs: other memory of the runtime differs by several MB from one process to the next. */
test('loading the enrichment functions takes at most 45 MB of memory and a second of CPU', async () => {
  const costs: { country: string; bytes: number; cpu: number }[] = [];
  for (let run = 0; run < 3; run += 1) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', program],
      { cwd: root },
    );
    costs.push(JSON.parse(stdout));
  }
  expect(costs.map(({ country }) => country)).toEqual(['AL', 'AL', 'AL']);
  expect(Math.min(...costs.map(({ bytes }) => bytes))).toBeLessThan(45e6);
  expect(Math.min(...costs.map(({ cpu }) => cpu))).toBeLessThan(1e6);
}, 60_000);
