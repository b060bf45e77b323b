/** Fills a PostgreSQL database with the generated airline, in one transaction: all of it, or nothing. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { planBookings } from './bookings.ts';
import { inChunks, tableRows } from './rows.ts';
import { defaultFlights, planSchedule } from './schedule.ts';
import { addComments, constraints, tables } from './schema.ts';

export type AirlineOptions = {
  /** Number of flights, from 2 to 1,000,000; all other numbers follow. 33,121 when absent, which are 2.3 million rows. */
  readonly flights?: number;
  /** The same seed and number of flights make the same rows. `1` when absent. */
  readonly seed?: string | number;
};

/** How far the generation is. */
export type AirlineProgress = {
  readonly step: 'plan' | 'rows' | 'constraints' | 'statistics';
  /** The table or constraint, empty in other steps. */
  readonly name: string;
  /** Rows sent so far. */
  readonly rows: number;
  /** About how many there will be. */
  readonly expectedRows: number;
};

/** What was made: rows by table. */
export type AirlineSummary = { readonly rows: number; readonly tables: ReadonlyMap<string, number> };

/** Rows for each flight, measured with the default number of flights. */
const rowsPerFlight = 69;

/**
 * Makes the schema `bookings` with its rows, keys, views and statistics.
 *
 * @param client not in a transaction
 * @param onProgress called for every piece of rows; often, so it must be fast
 * @throws `RangeError` for a wrong number of flights, `Error` if the schema exists, and the server's errors. The database is
 *   then as it was.
 */
export async function generateAirline(
  client: pg.Client,
  { flights = defaultFlights, seed = 1 }: AirlineOptions = {},
  onProgress: (progress: AirlineProgress) => void = () => undefined,
): Promise<AirlineSummary> {
  const written = new Map<string, number>();
  const expectedRows = flights * rowsPerFlight;
  let rows = 0;
  const report = (step: AirlineProgress['step'], name = '') => onProgress({ step, name, rows, expectedRows });

  function* counted(table: string, lines: Iterable<string>) {
    let count = 0;
    for (const line of lines) {
      count += 1;
      yield line;
    }
    written.set(table, count);
    rows += count;
  }
  function* reported(table: string, chunks: Iterable<Buffer>) {
    for (const chunk of chunks) {
      report('rows', table);
      yield chunk;
    }
  }

  const schedule = planSchedule(flights, seed);
  await refuseExisting(client);
  report('plan');
  const bookings = await planBookings(schedule, seed);
  await client.query('begin');
  try {
    await client.query(tables);
    for (const [table, lines] of Object.entries(tableRows(schedule, bookings, seed))) {
      // Frozen rows need no second write by VACUUM. Allowed, because this transaction has made the table.
      const copy = client.query(copyFrom(`copy bookings.${table} from stdin (freeze)`));
      await pipeline(Readable.from(reported(table, inChunks(counted(table, lines())))), copy);
    }
    await client.query(`select setval('bookings.flights_flight_id_seq', ${flights})`);
    // The keys of 1 million rows are sorted in memory instead of in files.
    await client.query(`set local maintenance_work_mem = '128MB'`);
    for (const { table, name, definition } of constraints) {
      report('constraints', name);
      await client.query(`alter table bookings.${table} add constraint ${name} ${definition}`);
    }
    await client.query(addComments);
    report('statistics');
    await client.query(`analyze ${[...written.keys()].map((table) => `bookings.${table}`).join(', ')}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
  return { rows, tables: written };
}

async function refuseExisting(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ database: string; exists: boolean }>(
    `select current_database() as database, to_regnamespace('bookings') is not null as exists`,
  );
  if (rows[0]?.exists)
    throw new Error(
      `the database ${rows[0].database} has a schema bookings already; use an empty database, or first: drop schema bookings cascade`,
    );
}
