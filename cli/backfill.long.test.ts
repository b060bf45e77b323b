/** Proves that `sluice backfill` fills existing rows with current values, and overwrites nothing newer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { FillStatements, readRows } from '../engines/postgres/load/backfill.ts';
import { loadDump } from '../engines/postgres/load/dump/load-dump.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { describePostgres, freshDatabase } from '../test/context.ts';
import { databaseOf } from '../test/database-of.ts';
import { sluice, start, until } from '../test/sluice.ts';

const sample = join(import.meta.dirname, '../data/sample_events.json');
const rows = 'select to_jsonb(u) as row from users_enriched u order by id';

const ask = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  withConnection(databaseOf(url), 'test', async (client) => (await client.query(sql)).rows);

async function filled(...flags: string[]) {
  const database = await freshDatabase('backfill');
  const env = { DATABASE_URL: database.url };
  const { code, stderr } = await sluice(['run', '--source', `file:${sample}`, ...flags], { env });
  expect({ code, stderr }).toEndWith(0);
  return { ...database, env };
}

describePostgres('sluice backfill', () => {
  test.each(['soft', 'hard'])(
    'restores lost values, also in rows of %s deletes, and then finds nothing to change',
    async (deletes) => {
      await using database = await filled('--deletes', deletes);
      const before = await ask(database.url, rows);
      const spoil = `update users_enriched set phone_e164 = 'x', full_name = null, country_source = null where id % 2 = 0`;
      await ask(database.url, spoil);
      const args = ['backfill', '--column', 'phone_e164,full_name'];
      const trial = await sluice([...args, '--dry-run'], { env: database.env });
      expect(trial).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^id \d+: phone_e164 x → .*full_name ∅ → /m),
      });
      expect(trial.stdout).toMatch(new RegExp(`^${before.length} rows read: \\d+ would change`, 'm'));
      const [untouched] = await ask(
        database.url,
        `select count(*)::int as spoilt from users_enriched where phone_e164 = 'x'`,
      );
      expect(untouched?.spoilt).toBeGreaterThan(100);

      expect(await sluice(args, { env: database.env })).toEndWith(0);
      // Only the requested columns.
      expect(await ask(database.url, rows)).not.toEqual(before);
      expect(await sluice(['backfill', '--column', 'country_source'], { env: database.env })).toMatchObject({
        code: 0,
      });
      expect(await ask(database.url, rows)).toEqual(before);
      const again = await sluice(args, { env: database.env });
      expect(again.stdout).toContain(`${before.length} rows read: 0 changed, ${before.length} are already correct`);
    },
  );

  test('fills a new column of a user, also in deleted rows, and reports rows for which the function throws', async () => {
    await using database = await filled();
    const folder = await mkdtemp(join(tmpdir(), 'sluice-backfill-'));
    try {
      const code = (compute: string) =>
        `export default { column: 'score', type: 'numeric(12,2)', comment: 'A score.', compute: (event) => ${compute} };`;
      await writeFile(join(folder, 'score.ts'), code("event.cdc_sequence + '.5'"));
      const args = ['backfill', '--column', 'score', '--functions', folder];
      const trial = await sluice([...args, '--dry-run'], { env: database.env });
      expect(trial).toMatchObject({ code: 0, stdout: expect.stringMatching(/^id \d+: score ∅ → \d+\.5$/m) });
      expect(await sluice(args, { env: database.env })).toEndWith(0);
      const [{ wrong } = {}] = await ask(
        database.url,
        'select count(*) filter (where score is distinct from source_major + 0.5)::int as wrong from users_enriched',
      );
      expect(wrong).toBe(0);

      await writeFile(join(folder, 'score.ts'), code("Number(event.id) % 100 === 1 ? event.nothing.at : '8'"));
      const failed = await sluice(args, { env: database.env });
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^\d rows: score: Cannot read properties of undefined .*\(id 1, 101, 201/m),
      });
      const kept = await ask(database.url, 'select id::int from users_enriched where score <> 8 order by id');
      expect(kept.every(({ id }) => Number(id) % 100 === 1)).toBe(true);
      expect(kept.length).toBeGreaterThan(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('does not change a row that a newer event changed between reading and writing', async () => {
    await using database = await filled();
    await withConnection(databaseOf(database.url), 'test', async (client) => {
      const position = ['source_generation', 'source_major', 'source_minor'] as const;
      const read = await readRows(client, ['id', 'email'], position, { after: null, limit: 10 });
      const [first, second] = read;
      await client.query('update users_enriched set source_major = source_major + 1, full_name = $2 where id = $1', [
        first?.id,
        'newer',
      ]);
      const statements = new FillStatements([{ name: 'full_name', type: 'varchar(200)' }], position, new Set());
      const batch = read.map((row) => ({ row, values: ['filled'] }));
      expect(await statements.compare(client, batch, 1)).toMatchObject({
        counts: { same: 9, changed: 9 },
        examples: [{ id: second?.id, after: ['filled'] }],
      });
      expect(await statements.write(client, batch)).toEqual({ same: 9, changed: 9 });
      const { rows: after } = await client.query(
        `select id::text, full_name from users_enriched u where id = any ($1) order by u.id limit 2`,
        [read.map(({ id }) => id)],
      );
      expect(after).toEqual([
        { id: first?.id, full_name: 'newer' },
        { id: second?.id, full_name: 'filled' },
      ]);
    });
  });

  test('stops cleanly at SIGTERM, prints the last id, and continues from there', async () => {
    await using database = await filled();
    await ask(
      database.url,
      `insert into users_enriched (id, first_name, cdc_operation, source_generation, source_major, source_minor)
       select id, 'Ada', 'INSERT', 0, id, 0 from generate_series(1000000, 1004999) id`,
    );
    const args = ['backfill', '--column', 'full_name', '--mailbox-rules', 'off'];
    const slow = start([...args, '--rate', '500'], { env: database.env });
    const some = `select count(*)::int as n from users_enriched where id >= 1000000 and full_name = 'Ada'`;
    await until(async () => Number((await ask(database.url, some))[0]?.n) > 0, 'the first batch is written');
    slow.kill('SIGTERM');
    const { code, stdout, stderr } = await slow.finished;
    expect({ code, stdout, stderr }).toMatchObject({
      code: 143,
      stderr: expect.stringContaining('to go on: npx sluice backfill --column full_name --mailbox-rules off --after '),
    });
    const [, id = ''] = /--after (\d+)/.exec(stderr) ?? [];
    const rest = await sluice([...args, '--after', id], { env: database.env });
    expect(rest).toEndWith(0);
    expect(await ask(database.url, some)).toEqual([{ n: 5000 }]);
    const read = (text: string) => Number(/(\d+) rows read/.exec(text)?.[1]);
    const [all] = await ask(database.url, 'select count(*)::int as n from users_enriched');
    expect(read(stdout) + read(rest.stdout)).toBe(all?.n);
  });

  test('refuses an unknown column with a list of the known ones, and refuses an older schema', async () => {
    expect(await sluice(['backfill', '--column', 'email'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/email is not a computed column; there are full_name, .*phone_e164/),
    });
    await using database = await freshDatabase('backfill');
    const env = { DATABASE_URL: database.url };
    const args = ['backfill', '--column', 'full_name'];
    expect(await sluice(args, { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('[missing_table]') });
    const dump = join(import.meta.dirname, '../test/fixtures/releases/0.1.0/users.sql.gz');
    await withConnection(databaseOf(database.url), 'restore', (client) => loadDump(client, dump));
    expect(await sluice(args, { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('[schema_older]') });
    await withConnection(databaseOf(database.url), 'setup', (client) => migrate(client));
    expect(await sluice(args, { env })).toEndWith(0);
  });
});
