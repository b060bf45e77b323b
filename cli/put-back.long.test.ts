/** Proves that the commands in docs/operate/dead-letters.md apply parked records, by running them unchanged. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { describePostgres, freshDatabase } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { sluice } from '../test/sluice.ts';

const root = join(import.meta.dirname, '..');

const isInstalled = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`]);
    return true;
  } catch {
    return false;
  }
};
const missing = ['psql', 'jq'].filter((command) => !isInstalled(command));

describePostgres('the recipe for parked records', () => {
  test.skipIf(missing.length > 0)(`applies them, and leaves nothing parked (needs psql and jq)`, async () => {
    const page = await readFile(join(root, 'docs/operate/dead-letters.md'), 'utf8');
    const recipe = [
      ...(page.split('<!-- tested by cli/put-back.long.test.ts -->')[1] ?? '').matchAll(/```sh\n(.*?)```/gs),
    ];
    expect(recipe).toHaveLength(2);
    await using database = await freshDatabase('put_back');
    const env = { DATABASE_URL: database.url, SLUICE_DIR: '/nonexistent' };
    const input = '{"id":7,"cdc_operation":"INSERT","first_name":"Zoë","address":"a\\\\b \\"c\\""}\n';
    await sluice(['run', '--source', '-', '--group-id', 'sluice-users'], { env, input });
    const { PATH, HOME } = process.env;
    for (const [, script = ''] of recipe) {
      const { status, stderr } = spawnSync('bash', ['-c', `set -euo pipefail\n${script}`], {
        cwd: root,
        env: { PATH, HOME, ...env },
        encoding: 'utf8',
        timeout: 100_000,
      });
      expect(status, stderr).toBe(0);
    }
    await withConnection(databaseOf(database.url), 'test', async (client) => {
      const { rows } = await client.query('select id, first_name, address, source_major from users_enriched');
      expect(rows).toEqual([{ id: '7', first_name: 'Zoë', address: 'a\\b "c"', source_major: '40001' }]);
      expect((await client.query('select from sluice.dead_letter')).rowCount).toBe(0);
      const pipelines = await client.query('select distinct pipeline from sluice.checkpoint');
      expect(pipelines.rows).toEqual([{ pipeline: 'sluice-users' }]);
    });
  });
});
