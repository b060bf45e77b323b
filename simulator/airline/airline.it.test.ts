import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { expect, test } from 'vitest';
import { loadDump } from '../../engines/postgres/load/dump/load-dump.ts';
import { describePostgres, freshDatabase } from '../../test/context.ts';
import { type AirlineProgress, generateAirline } from './generate.ts';
import { liveBookings, liveEvents } from './live-bookings.ts';
import { addComments, constraints, tables } from './schema.ts';

const tableNames = [
  ...[
    'aircrafts_data',
    'airports_data',
    'boarding_passes',
    'bookings',
    'flights',
    'seats',
    'ticket_flights',
    'tickets',
  ],
];

/** The airline in a database, and whatever a test does with it. */
async function onAirline<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  await using database = await freshDatabase('airline');
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A hash of every table, independent of the order of its rows. */
async function hashes(client: pg.Client): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of tableNames) {
    const { rows } = await client.query(
      `select count(*) || ' ' || coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) as hash
       from bookings.${table} t`,
    );
    found[table] = rows[0].hash;
  }
  return found;
}

const one = async (client: pg.Client, sql: string): Promise<unknown> =>
  Object.values((await client.query(sql)).rows[0])[0];

/** What every airline keeps, whatever happens to it. */
async function expectConsistent(client: pg.Client): Promise<void> {
  const wrong = {
    'bookings with another price than their legs': `
      select count(*) from bookings.bookings b where total_amount is distinct from (
        select sum(amount) from bookings.tickets join bookings.ticket_flights using (ticket_no)
        where book_ref = b.book_ref)`,
    'passes for a seat that the aircraft does not have': `
      select count(*) from bookings.boarding_passes p join bookings.flights f using (flight_id)
      left join bookings.seats s on s.aircraft_code = f.aircraft_code and s.seat_no = p.seat_no
      where s.seat_no is null`,
    'flights that arrived without having departed': `
      select count(*) from bookings.flights where status = 'Arrived' and actual_arrival is null
        or status = 'Departed' and (actual_departure is null or actual_arrival is not null)`,
  };
  for (const [what, sql] of Object.entries(wrong)) expect(await one(client, sql), what).toBe('0');
}

/** Writes the dump that pg_dump would write, without its comments. */
async function writeDump(client: pg.Client, path: string): Promise<void> {
  async function* text() {
    yield `SET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\n${tables}\n`;
    for (const table of tableNames) {
      yield `COPY bookings.${table} FROM stdin;\n`;
      yield* client.query(copyTo(`copy bookings.${table} to stdout`));
      yield '\\.\n\n';
    }
    for (const { table, name, definition } of constraints)
      yield `ALTER TABLE ONLY bookings.${table}\n    ADD CONSTRAINT ${name} ${definition};\n`;
    yield addComments;
  }
  await pipeline(Readable.from(text()), createGzip({ level: 1 }), createWriteStream(path));
}

describePostgres('the airline', () => {
  test('is generated with all its constraints, and is the same for the same seed', async () => {
    const first = await onAirline(async (client) => {
      const seen: AirlineProgress[] = [];
      const summary = await generateAirline(client, { flights: 300 }, (progress) => seen.push(progress));
      expect([...summary.tables.keys()].sort()).toEqual(tableNames);
      expect(summary.tables.get('flights')).toBe(300);
      expect(summary.rows).toBeGreaterThan(15_000);
      expect(Math.abs(summary.rows / (seen.at(-1)?.expectedRows ?? 0) - 1)).toBeLessThan(0.3);
      expect(seen.at(-1)).toMatchObject({ step: 'statistics', rows: summary.rows });

      const { rows } = await client.query(
        `select contype as type, count(*)::integer, bool_and(convalidated) as valid from pg_constraint
         where connamespace = 'bookings'::regnamespace and contype <> 'n' group by 1 order by 1`,
      );
      expect(rows).toEqual([
        { type: 'c', count: 7, valid: true },
        { type: 'f', count: 8, valid: true },
        { type: 'p', count: 8, valid: true },
        { type: 'u', count: 3, valid: true },
      ]);
      expect(await one(client, `select nextval('bookings.flights_flight_id_seq')`)).toBe('301');
      const uncommented = `
        select count(*) from pg_class t join pg_attribute a on attrelid = t.oid and attnum > 0
        where relnamespace = 'bookings'::regnamespace and relkind = 'r'
          and (col_description(t.oid, attnum) is null or obj_description(t.oid, 'pg_class') is null)`;
      expect(await one(client, uncommented)).toBe('0');
      await client.query(`set bookings.lang = 'ru'`);
      expect(await one(client, `select model from bookings.aircrafts where aircraft_code = '773'`)).toBe(
        'Боинг 777-300',
      );
      expect(await one(client, `select count(*) from bookings.routes`)).not.toBe('0');
      expect(await one(client, `select count(*) from bookings.flights_v`)).toBe('300');
      await expectConsistent(client);
      return await hashes(client);
    });
    const again = (seed: number) =>
      onAirline(async (client) => {
        await generateAirline(client, { flights: 300, seed });
        return await hashes(client);
      });
    expect(await again(1)).toEqual(first);
    expect((await again(2)).tickets).not.toBe(first.tickets);
  });

  test('survives a dump that is loaded without psql', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-airline-'));
    try {
      const path = join(folder, 'airline.sql.gz');
      const original = await onAirline(async (client) => {
        await generateAirline(client, { flights: 120 });
        await writeDump(client, path);
        return await hashes(client);
      });
      await onAirline(async (client) => {
        const { statements, rows } = await loadDump(client, path);
        expect(statements).toBeGreaterThan(80);
        expect(rows).toBeGreaterThan(6_000);
        expect(await hashes(client)).toEqual(original);
        await expectConsistent(client);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('is not generated into a schema that exists, nor in part', async () => {
    await onAirline(async (client) => {
      await client.query('create schema bookings');
      await expect(generateAirline(client, { flights: 10 })).rejects.toThrow('has a schema bookings already');
      await client.query('drop schema bookings');
      const full = new Error('full');
      const failing = generateAirline(client, { flights: 10 }, ({ name }) => {
        if (name === 'seats_aircraft_code_fkey') throw full;
      });
      await expect(failing).rejects.toBe(full);
      const failingRows = generateAirline(client, { flights: 10 }, ({ name }) => {
        if (name === 'tickets') throw full;
      });
      await expect(failingRows).rejects.toThrow('full');
      expect(await one(client, `select to_regnamespace('bookings')`)).toBe(null);
    });
  });

  test('lives: the same seed makes the same changes, and everything stays consistent', async () => {
    const live = (seed: number, most: number) =>
      onAirline(async (client) => {
        await generateAirline(client, { flights: 60 });
        const stop = new AbortController();
        let commits = 0;
        const onCommit = () => {
          commits += 1;
          if (commits === most) stop.abort();
        };
        const summary = await liveBookings(client, { seed, ratePerSecond: 100_000, stop: stop.signal, onCommit });
        expect(Object.values(summary).reduce((sum, count) => sum + count)).toBe(most);
        await expectConsistent(client);
        return { summary, hashes: await hashes(client) };
      });
    const first = await live(1, 120);
    for (const event of liveEvents) expect(first.summary[event], event).toBeGreaterThan(0);
    expect(await live(1, 120)).toEqual(first);
    expect((await live(2, 10)).hashes.bookings).not.toBe((await live(1, 10)).hashes.bookings);
  });

  test('lives no faster than it is told to', async () => {
    await onAirline(async (client) => {
      await generateAirline(client, { flights: 50 });
      const started = performance.now();
      const { book, ...others } = await liveBookings(client, { ratePerSecond: 20, stop: AbortSignal.timeout(1_000) });
      const seconds = (performance.now() - started) / 1000;
      const commits = Object.values(others).reduce((sum, count) => sum + count, book);
      expect(commits).toBeGreaterThan(0);
      expect(commits).toBeLessThanOrEqual(20 * seconds + 2);
    });
  });
});
