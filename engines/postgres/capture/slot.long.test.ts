/** Proves on real servers that a slot's lag, limit and free space equal the server's figures, or are reported as unknown. */
import { statfs } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeSlot } from '../../../services/status/slot-health.ts';

import { describePostgres } from '../../../test/context.ts';
import { type ExtraPostgres, extraPostgres } from '../../../test/extra-postgres.ts';
import { until } from '../../../test/sluice.ts';
import { readSlot } from './slot.ts';

const logical = { wal_level: 'logical' };

type WithSlot = AsyncDisposable & { readonly client: pg.Client };

/** A session on a server with the slot `s`. */
async function withSlot(server: ExtraPostgres): Promise<WithSlot> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`select pg_create_logical_replication_slot('s', 'pgoutput')`);
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.query(`select pg_drop_replication_slot('s')`);
      await client.end();
    },
  };
}

/** Writes roughly this much WAL. */
const write = (client: pg.Client, megabytes: number) =>
  client.query(
    `select count(pg_logical_emit_message(true, 'test', repeat('x', 1048576))) from generate_series(1, $1)`,
    [megabytes],
  );

describePostgres('a replication slot', () => {
  let newest: ExtraPostgres;
  beforeAll(async () => {
    newest = await extraPostgres({ settings: logical });
  });
  afterAll(() => newest?.[Symbol.asyncDispose]());

  describe.each([15, undefined])('of PostgreSQL %s', (major) => {
    test('is read with its lag, the WAL rate and the free disk space', async () => {
      await using older = major === undefined ? null : await extraPostgres({ settings: logical, major });
      await using it = await withSlot(older ?? newest);
      expect(await readSlot(it.client, 'none')).toBeUndefined();
      await write(it.client, 5);
      const facts = await readSlot(it.client, 's');
      expect(facts).toMatchObject({
        slot: 's',
        active: false,
        walStatus: 'reserved',
        safeBytes: null,
        diskUnknown: null,
      });
      expect(facts?.behindBytes).toBeGreaterThan(5 * 2 ** 20);
      expect(facts?.retainedBytes).toBeGreaterThanOrEqual(facts?.behindBytes ?? 0);
      // The server runs on this machine. Other processes may write meanwhile.
      const { rows } = await it.client.query<{ dir: string }>(`select current_setting('data_directory') as dir`);
      const disk = await statfs(rows[0]?.dir ?? '');
      expect(Math.abs((facts?.diskFreeBytes ?? 0) / (disk.bavail * disk.bsize) - 1)).toBeLessThan(0.1);
      // The temporary table of `df` is gone.
      const left = await it.client.query(`select from pg_class where relname = 'sluice_df'`);
      expect(left.rowCount).toBe(0);
    });
  });

  test('is read with the WAL rate of its source', async () => {
    await using it = await withSlot(newest);
    const looking = readSlot(it.client, 's');
    const writer = new pg.Client({ connectionString: newest.url });
    await writer.connect();
    await write(writer, 8).finally(() => writer.end());
    const facts = await looking;
    if (facts === undefined) throw new Error('the slot is gone');
    // A part of the WAL may fall outside of the measured second.
    expect(facts.walBytesPerSecond).toBeGreaterThan(0);
    expect(facts.walBytesPerSecond).toBeLessThan(16 * 2 ** 20);
    expect(judgeSlot(facts).secondsToFull).toBeGreaterThan(0);
  });

  test('is read without free disk space if the user may not run programs', async () => {
    await using it = await withSlot(newest);
    await it.client.query(`create role plain login password 'plain'`);
    const url = new URL(newest.url);
    url.username = url.password = 'plain';
    const plain = new pg.Client({ connectionString: url.href });
    await plain.connect();
    const facts = await readSlot(plain, 's').finally(() => plain.end());
    expect(facts).toMatchObject({
      diskFreeBytes: null,
      diskUnknown: expect.stringContaining('pg_execute_server_program'),
    });
    expect(facts?.retainedBytes).toBeGreaterThan(0);
  });

  test('is read with the space up to its limit, and is lost beyond it', async () => {
    await using limited = await extraPostgres({ settings: { ...logical, max_slot_wal_keep_size: '64MB' } });
    await using it = await withSlot(limited);
    const before = await readSlot(it.client, 's');
    expect(before?.safeBytes).toBeGreaterThan(32 * 2 ** 20);
    expect(before?.safeBytes).toBeLessThanOrEqual(128 * 2 ** 20);
    await write(it.client, 10);
    expect((await readSlot(it.client, 's'))?.safeBytes).toBeLessThanOrEqual((before?.safeBytes ?? 0) - 10 * 2 ** 20);
    await until(async () => {
      await write(it.client, 60);
      await it.client.query('checkpoint');
      return (await readSlot(it.client, 's'))?.walStatus === 'lost';
    }, 'the slot is lost');
    const lost = await readSlot(it.client, 's');
    if (lost === undefined) throw new Error('the slot is gone');
    expect(judgeSlot(lost).broken).toMatch(/slot s is lost/);
  });
});
