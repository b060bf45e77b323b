/**
 * Proves that a database filled by the last version before migration 11 can be migrated and used. `make-previous.ts` makes the
 * dumps and describes their contents.
 */
import { join } from 'node:path';
import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { postgresEngine } from '../../engines/postgres/engine.ts';
import { diagnose } from '../../engines/postgres/errors.ts';
import { ReplicaRows } from '../../engines/postgres/replica/replica-rows.ts';
import { Targets } from '../../engines/postgres/replica/tables/targets.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { readApplied, schemaDifferences } from '../../engines/postgres/schema/schema-state.ts';
import { EngineSink } from '../../engines/sink/sink.ts';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import { capture } from '../../pipeline/stages/capture.ts';
import { migrations, type SchemaPart } from '../../schemas/migrations.ts';
import { silent } from '../batches.ts';
import { describePostgres } from '../context.ts';
import { databaseOf } from '../database-of.ts';
import { sluice } from '../sluice.ts';
import { claimsOf } from '../target.ts';
import { type CapturedChange, messageOf, unchangedValue } from './captured.ts';
import { asBefore, ask, everything, restored } from './restored.ts';

const dumpOf = (name: string): string => join(import.meta.dirname, '../fixtures/previous', `${name}.sql`);

const applyMigrations = (url: string, parts: readonly SchemaPart[]): Promise<readonly number[]> =>
  withConnection(databaseOf(url), 'setup', (client) => migrate(client, parts));

/** Claims the partitions of the dump's pipeline and writes further changes of them. */
async function follow(url: string) {
  const database = databaseOf(url);
  const [checkpoint] = await ask(url, 'select cluster_id from sluice.checkpoint limit 1');
  const clusterId = String(checkpoint?.cluster_id);
  const targets = new Targets({ isWanted: () => true, clusterId, logger: silent });
  const rows = new ReplicaRows({ pipeline: 'replica', targets, logger: silent, afterResnapshot: 'keep' });
  const engine = postgresEngine(database, { logger: silent });
  const sink = new EngineSink({ engine, pipeline: 'replica', rows });
  const claims = new Map<string, Claim>();

  const claim = async (table: string, partitions: number): Promise<void> => {
    const topic = `cdc.public.${table}`;
    const mine = Array.from({ length: partitions }, (_, partition) => partition);
    const claimed = await claimsOf(database, 'replica', 'lsn').claim({
      topic,
      clusterId,
      partitionCount: partitions,
      partitions: mine.map((partition) => ({ partition, first: 0n, later: 0n })),
      mine,
    });
    for (const { partition, epoch, reached } of claimed)
      claims.set(`${table}/${partition}`, { topic, partition, epoch, index: partition, revoked: false, reached });
  };

  /** Writes changes of one partition in one transaction, from its checkpoint on. */
  const write = async (changes: readonly CapturedChange[]): Promise<void> => {
    const [{ table = '', partition = 0 } = {}] = changes;
    const claimed = claims.get(`${table}/${partition}`);
    if (!claimed) throw new Error(`${table}/${partition} is not claimed`);
    const at = `select next_offset from sluice.checkpoint where topic = 'cdc.public.${table}' and partition = ${partition}`;
    const from = BigInt(String((await ask(url, at))[0]?.next_offset));
    const records = changes.map((change, index): RawRecord => {
      const { key, value } = messageOf(change);
      const headers = Object.entries(change.headers ?? {}).map(
        ([name, text]) => [Buffer.from(name), Buffer.from(text)] as const,
      );
      return {
        offset: String(from + BigInt(index)),
        timestamp: '0',
        key: key === null ? null : Buffer.from(key),
        value: Buffer.from(value),
        headers: { bytes: 0, list: () => headers },
      };
    });
    const batch: Batch<RawRecord> = {
      claim: claimed,
      from,
      to: from + BigInt(records.length),
      bytes: 0,
      read: records.length,
      records,
      filtered: [],
      parked: [],
      mark: null,
      reached: null,
    };
    await sink.write(0, [await firstValueFrom(of(batch).pipe(capture({})))]);
  };
  return { claim, write, [Symbol.asyncDispose]: () => sink.close() };
}

const balance = `select bool_and(read = applied + superseded + filtered + parked and read = next_offset) as balances,
  sum(read)::integer as read, sum(parked)::integer as parked from sluice.checkpoint`;

describePostgres('a database of the previous version', () => {
  test.each<[name: string, parts: readonly SchemaPart[]]>([
    ['replica', ['sluice']],
    ['users', ['sluice', 'users']],
    ['hard-deletes', ['sluice', 'users']],
  ])('keeps every row of %s when several processes migrate it at once', async (name, parts) => {
    await using database = await restored(dumpOf(name));
    const before = await everything(database.url);
    const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(database.url, parts)));
    expect(applied.flat().filter((version) => version === 11)).toEqual([11]);
    expect(asBefore(before, await everything(database.url))).toEqual(asBefore(before, before));
    await withConnection(databaseOf(database.url), 'test', async (client) => {
      const now = (await readApplied(client)) ?? [];
      expect(now.map(({ version }) => version)).toEqual(
        migrations().flatMap(({ version, part }) => (parts.includes(part) ? [version] : [])),
      );
      expect(await schemaDifferences(client, now)).toEqual([]);
    });
  });

  test('has its rows under the new names after the migration', async () => {
    await using database = await restored(dumpOf('replica'));
    await applyMigrations(database.url, ['sluice']);
    expect(await ask(database.url, 'select table_name, cells, number, deferred_at from sluice.deferred_row')).toEqual([
      {
        table_name: 'public.people',
        cells: { id: '2', note: 'two', email: 'wanted@example.com' },
        number: '1',
        deferred_at: expect.any(Date),
      },
    ]);
    const target = `select reconciled_lsn, rows_not_in_snapshot from sluice.target where table_name = 'public.people'`;
    expect(await ask(database.url, target)).toEqual([{ reconciled_lsn: '100', rows_not_in_snapshot: '2' }]);
    // The sequence continues, so the next number comes from it.
    const [next] = await ask(
      database.url,
      `insert into sluice.deferred_row (table_name, generation, major, minor, topic, partition, "offset", cells)
       select table_name, generation, major, minor, topic, partition, "offset", cells from sluice.deferred_row
       returning number`,
    );
    expect(next).toEqual({ number: '2' });
  });

  test('continues its replica: later changes write the deferred, moved and held rows, and the counters balance', async () => {
    await using database = await restored(dumpOf('replica'));
    await applyMigrations(database.url, ['sluice']);
    const { url } = database;
    const people = 'select * from people order by id';
    expect(await ask(url, people)).toEqual([{ id: '1', email: 'wanted@example.com', note: 'one' }]);
    await using following = await follow(url);
    await following.claim('people', 2);
    await following.claim('orders', 1);
    await following.claim('lines', 1);
    const person = (op: 'c' | 'u', lsn: number, partition: number, row: { id: number; email?: string }) =>
      ({ table: 'people', partition, op, lsn, key: { id: row.id }, row: { ...row, note: unchangedValue } }) as const;

    // The next event of the deferred row is based on it, and the second half of the key change on the moved row.
    await following.write([person('u', 230, 1, { id: 2, email: 'two@example.com' })]);
    await following.write([
      {
        ...person('c', 240, 0, { id: 14, email: 'four@example.com' }),
        headers: { '__debezium.oldkey': '{"id":4}' },
      },
    ]);
    // The guard rows from before the migration decide: a deleted row stays deleted, and an older event changes nothing.
    await following.write([person('c', 215, 0, { id: 3, email: 'three@example.com' })]);
    // An earlier record was parked, so there is no row to change.
    await following.write([person('u', 250, 0, { id: 5, email: 'five@example.com' })]);
    expect(await ask(url, people)).toEqual([
      { id: '1', email: 'wanted@example.com', note: 'one' },
      { id: '2', email: 'two@example.com', note: 'two' },
      { id: '14', email: 'four@example.com', note: 'four' },
    ]);
    expect(await ask(url, 'select from sluice.deferred_row union all select from sluice.moved_row')).toEqual([]);
    expect(await ask(url, 'select code from sluice.dead_letter order by id')).toEqual([
      { code: 'invalid_json' },
      { code: 'waits_for' },
    ]);

    const discounted = {
      table: 'orders',
      partition: 0,
      op: 'c',
      lsn: 120,
      key: { id: 2 },
      row: { id: 2, total: '2.50', discount: '0.50' },
    } as const;
    const held = 'select table_name, statements from sluice.held_table';
    await following.write([discounted]);
    const [waiting] = await ask(url, held);
    expect(waiting).toMatchObject({ table_name: 'public.orders' });
    await ask(url, 'alter table orders add column discount numeric(10,2)');
    await following.write([discounted]);
    expect(await ask(url, held)).toEqual([]);
    expect(await ask(url, 'select * from orders order by id')).toEqual([
      { id: '1', total: '1.50', discount: null },
      { id: '2', total: '2.50', discount: '0.50' },
    ]);

    // A table without a key keeps its high-water mark, so a change that was already applied changes nothing.
    const line = (lsn: number, text: string) =>
      ({ table: 'lines', partition: 0, op: 'c', lsn, key: null, row: { text } }) as const;
    await following.write([line(131, 'same'), line(133, 'other')]);
    expect(await ask(url, 'select text from lines order by text')).toEqual([{ text: 'other' }, { text: 'same' }]);

    expect(await ask(url, balance)).toEqual([{ balances: true, read: 19, parked: 2 }]);
  });

  test.each<[name: string, flags: readonly string[], ofDeleted: readonly object[]]>([
    ['users', [], [{ id: '41', cdc_operation: 'DELETE' }]],
    ['hard-deletes', ['--deletes', 'hard'], []],
  ])('continues its %s: the same events change nothing, and later ones are applied', async (name, flags, ofDeleted) => {
    await using database = await restored(dumpOf(name));
    const env = { DATABASE_URL: database.url };
    const events = join(import.meta.dirname, '../../data/sample_events.json');
    const before = await ask(database.url, 'select id, source_major from users_enriched order by id');
    const { code, stderr } = await sluice(['run', '--source', `file:${events}`, '--group-id', 'again', ...flags], {
      env,
    });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('brought the schema up to date'),
    });
    const [counts] = await ask(
      database.url,
      `select read = applied + superseded + filtered + parked as balances, read::integer, superseded >= 60 as superseded,
         applied > 300 as applied from sluice.checkpoint where pipeline = 'again'`,
    );
    expect(counts).toEqual({ balances: true, read: 577, superseded: true, applied: true });
    const older = await ask(
      database.url,
      `select id from users_enriched u join (values ${before.map(({ id, source_major }) => `(${id}, ${source_major})`).join(', ')}) as b (was, major)
         on u.id = b.was where u.source_major < b.major`,
    );
    expect(older).toEqual([]);
    expect(await ask(database.url, 'select id, cdc_operation from users_enriched where id = 41')).toEqual(ofDeleted);
    expect(await ask(database.url, `select code from sluice.dead_letter where pipeline = 'users'`)).toHaveLength(2);
  });

  test('stops a process of that version at its next transaction, before it writes a row', async () => {
    await using database = await restored(dumpOf('replica'));
    // Each of its transactions runs this query first, after it has locked its tables.
    const first = `select name as held from unnest(array['public.people']::text[]) with ordinality as t(name, n)
      where exists (select from sluice.held_row where table_name = name)`;
    expect(await ask(database.url, first)).toEqual([{ held: 'public.people' }]);
    await applyMigrations(database.url, ['sluice']);
    const error = await ask(database.url, first).catch((thrown: unknown) => thrown);
    expect(diagnose(error)).toMatchObject({ code: '42P01', reaction: 'stop' });
  });
});
