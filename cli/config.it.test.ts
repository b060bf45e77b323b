/** Proves that a real command reads sluice.yaml of the working folder, and which sources override it. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../test/context.ts';
import { sluice } from '../test/sluice.ts';

const sample = fileURLToPath(new URL('../data/sample_events.json', import.meta.url));

describePostgres('sluice.yaml', () => {
  test('sets database, input, pipeline and thresholds; relative paths start at its folder', async () => {
    await using database = await freshDatabase('config');
    const cwd = await mkdtemp(join(tmpdir(), 'sluice-config-'));
    try {
      await mkdir(join(cwd, 'secrets'));
      await writeFile(join(cwd, 'secrets', 'target'), `${database.url}\n`);
      await copyFile(sample, join(cwd, 'events.json'));
      const lines = ['target-db: file:secrets/target', 'input: file:events.json', 'group-id: shop', 'lanes: 1'];
      await writeFile(join(cwd, 'sluice.yaml'), lines.join('\n'));
      const env = { SLUICE_DIR: '/nonexistent', SLUICE_LOG_FORMAT: 'json' };
      const command = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
        sluice(args, { cwd, env: { ...env, ...more } });

      const checked = await command(['config', 'check', '--json']);
      expect(checked).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(checked.stdout)).toMatchObject({
        file: 'sluice.yaml',
        settings: expect.arrayContaining([{ option: 'lanes', value: '1', from: 'sluice.yaml:4' }]),
        faults: [],
      });

      const ran = await command(['run']);
      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.stderr).toContain(`/${database.name} (configuration file)`);
      const asked = await command(['sql', '--json', 'select count(*)::int as rows from users_enriched']);
      expect(asked.code, asked.stderr).toBe(0);
      expect(JSON.parse(asked.stdout)[0].rows).toBeGreaterThan(0);
      const listed = await command(['pipelines', 'list', '--json']);
      expect(JSON.parse(listed.stdout)).toEqual([expect.objectContaining({ pipeline: 'shop' })]);

      const away = await command(['pipelines', 'list'], { TARGET_DB_URL: 'postgresql://u:p@127.0.0.1:1/d' });
      expect(away).toMatchObject({ code: 4, stderr: expect.stringContaining('127.0.0.1:1') });
      const back = ['pipelines', 'list', '--json', '--target-db', database.url];
      expect(await command(back, { TARGET_DB_URL: 'postgresql://u:p@127.0.0.1:1/d' })).toMatchObject({ code: 0 });

      await writeFile(join(cwd, 'sluice.yaml'), [...lines, 'lane: 2'].join('\n'));
      expect(await command(['run'])).toMatchObject({
        code: 2,
        stderr: "sluice: sluice.yaml:5: unknown key 'lane', did you mean 'lanes'?\n",
      });
    } finally {
      await rm(cwd, { recursive: true });
    }
  });
});
