/** Proves that tables made from the catalogue of one database are those of the other, in everything the catalogue tells. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../../../test/context.ts';
import { copyTables } from './copy.ts';
import { readTables } from './read.ts';

const fixture = readFileSync(new URL('../../../test/fixtures/replication.sql', import.meta.url), 'utf8');

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

describePostgres('tables made from a catalogue', () => {
  test('are like those they were read from, and a second time nothing is made', async () => {
    await using from = await freshDatabase('from');
    await using to = await freshDatabase('to');
    await using source = await open(from.url);
    await using target = await open(to.url);
    await source.query(fixture);
    const tables = await readTables(source);
    expect(tables.map(({ name }) => name)).toContain('customers');

    expect(await copyTables(source, target, tables)).toEqual(tables.map(({ qualified }) => qualified));
    expect(await readTables(target)).toEqual(tables);
    expect(await copyTables(source, target, tables)).toEqual([]);
  });

  test('leave what is there as it is', async () => {
    await using from = await freshDatabase('from');
    await using to = await freshDatabase('to');
    await using source = await open(from.url);
    await using target = await open(to.url);
    await source.query(
      'create table a (id integer primary key); create table b (id integer primary key, a integer references a)',
    );
    await target.query('create table a (id bigint primary key, more text)');
    expect(await copyTables(source, target, await readTables(source))).toEqual(['public.b']);
    const [a, b] = await readTables(target);
    expect(a?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'bigint'],
      ['more', 'text'],
    ]);
    expect(b).toMatchObject({ name: 'b', key: ['id'] });
  });
});
