/**
 * From PostgreSQL to MariaDB or MySQL, end to end, with the commands that a person runs: the schema, the load, and the changes made meanwhile by
 * Debezium, with workers that are killed. The result counts: every cell equal, all keys there, all counters balanced.
 */
import type mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { generateAirline } from '../../simulator/airline/generate.ts';
import { liveBookings } from '../../simulator/airline/live-bookings.ts';
import { describeMariadb, serverFlavor } from '../mariadb.ts';
import { equalTexts, typeCases, typeSetup } from '../postgres-values.ts';
import { sluice, start, until } from '../sluice.ts';
import { bothSides } from './both-sides.ts';
import { databases, type MigrationStack, migrationStack } from './mariadb-scene.ts';
import { seededRandom } from './workload.ts';

const tables = [
  'aircrafts_data',
  'airports_data',
  'boarding_passes',
  'bookings',
  'flights',
  'seats',
  'ticket_flights',
  'tickets',
];

/** Values that Debezium alters: times get the zone UTC, and arrays lose their bounds (`connector create` tells of both). */
const alteredByDebezium = ["timetz '12:34:56.789+05:30'", "timetz '24:00+00'", "integer[] '[0:1]={1,2}'"];

/** Values that Debezium does not send whole, and that are parked: bit strings without their length, arrays of two dimensions. */
const notStreamed = ["bit varying b''", "bit varying b'0001'", "integer[] '{{1,2},{3,4}}'"];

describeMariadb('from PostgreSQL to MariaDB or MySQL', () => {
  describe.skipIf(inject('kafka') === null)('with Debezium', withDebezium);
});

function withDebezium(): void {
  let stack: MigrationStack;
  beforeAll(async () => {
    stack = await migrationStack();
  }, 600_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test('every value of every type that Debezium streams is stored equal, or parked', async () => {
    const it = await databases(stack.env, 'types');
    const cases = typeCases(serverFlavor);
    await it.source.query(
      typeSetup + cases.map(({ type }, at) => `create table t${at} (id int primary key, v ${type});`).join('\n'),
    );
    const accepting = ['--accept', 'bit_varying'];
    expect(
      await it.run(['connector', 'create', '--tables', 'public.*', '--snapshot-mode', 'no_data', ...accepting]),
    ).toEndWith(0);
    expect(await it.run(['schema', 'apply'])).toEndWith(0);
    for (const [at, { kept, parked }] of cases.entries())
      for (const [id, value] of [...kept, ...parked].entries())
        await it.source.query(`insert into t${at} values (${id}, ${value})`);
    await it.source.query('create table last (id int primary key); drop table last; insert into t0 values (99, true)');
    const args = ['replicate', '--topics', it.topics, '--breaker', 'off'];
    const running = start(args, { env: it.env });
    const arrived = async () =>
      (await it.target.query<mysql.RowDataPacket[]>('select 1 from t0 where id = 99'))[0].length > 0;
    await until(arrived, 'the last value has arrived', 120_000);
    running.kill('SIGTERM');
    await running.finished;
    // Ends with 3, because values are parked.
    expect(await start([...args, '--until-caught-up'], { env: it.env }).finished).toEndWith(3);
    await it.source.query(`set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set lc_monetary = 'C'`);
    const altered: string[] = [];
    const missing: string[] = [];
    for (const [at, { type, kept, parked, compare, read = 'cast(? as char)', source = '?' }] of cases.entries()) {
      const { rows } = await it.source.query<{ id: number; v: string | null }>(
        `select id, (${source.replace('?', 'v')})::text as v from t${at} order by id`,
      );
      const [found] = await it.target.query<mysql.RowDataPacket[]>({
        sql: `select id, ${read.replace('?', 'v')} as v from t${at}`,
        typeCast: false,
      } as mysql.QueryOptions);
      const there = new Map(found.map(({ id, v }) => [Number(id), v === null ? null : String(v)]));
      for (const { id, v } of rows) {
        const value = [...kept, ...parked][id];
        if (value === undefined) continue;
        const got = there.get(id);
        if (got === undefined) missing.push(`${type} ${value}`);
        else if (id >= kept.length || !equalTexts(compare, got, v)) altered.push(`${type} ${value}`);
      }
    }
    expect(altered).toEqual(alteredByDebezium);
    const expected = cases.flatMap(({ type, parked }) => parked.map((value) => `${type} ${value}`));
    expect(missing.filter((one) => !expected.includes(one))).toEqual(notStreamed);
    await it.end();
  });

  test('equals its source in every cell and key, after people booked while it was loaded and workers were killed', async () => {
    const it = await databases(stack.env, 'airline');
    const { source, target, env } = it;
    await generateAirline(source, { flights: 1_000 });
    expect(await it.run(['connector', 'create', '--tables', 'bookings.*', '--snapshot-mode', 'no_data'])).toEndWith(0);

    const life = new AbortController();
    const people = new pg.Client({ connectionString: it.sourceUrl });
    await people.connect();
    const booked = liveBookings(people, { ratePerSecond: 100, stop: life.signal });
    expect(await sluice(['schema', 'apply', '--phases', 'tables'], { env })).toEndWith(0);
    // A load that is killed at a random time continues.
    const random = seededRandom(7);
    for (let kills = 0; kills < 3; kills += 1) {
      const loading = start(['load', '--batch-size', '1000'], { env });
      await new Promise((resolve) => setTimeout(resolve, 1_000 + random() * 2_000));
      loading.kill('SIGKILL');
      await loading.finished;
    }
    const loaded = await sluice(['load', '--batch-size', '1000'], { env });
    expect(loaded).toEndWith(0);

    const replicate = (...more: string[]) =>
      start(['replicate', '--topics', it.topics, '--parallelism', '3', '--log-format', 'json', ...more], {
        env,
      });
    for (let kills = 0; kills < 5; kills += 1) {
      const running = replicate();
      await until(async () => /joined the group/.test(running.said()), 'it has joined', 60_000);
      await new Promise((resolve) => setTimeout(resolve, random() * 3_000));
      running.kill('SIGKILL');
      await running.finished;
    }
    life.abort();
    const made = await booked.finally(() => people.end());
    expect(Object.values(made).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
    // The last change arrives after all others.
    await source.query(`update bookings.aircrafts_data set range = range + 1`);
    const range = async () =>
      (await target.query<mysql.RowDataPacket[]>('select sum(`range`) as sum from bookings.aircrafts_data'))[0][0]?.sum;
    const { rows } = await source.query<{ sum: string }>('select sum(range)::text as sum from bookings.aircrafts_data');
    const last = replicate();
    await until(async () => String(await range()) === rows[0]?.sum, 'the last change has arrived', 120_000);
    last.kill('SIGTERM');
    expect(await last.finished).toEndWith(0);
    expect(await replicate('--until-caught-up').finished).toEndWith(0);
    expect(await sluice(['schema', 'apply', '--phases', 'indexes,foreignKeys'], { env })).toEndWith(0);

    await target.query('use bookings');
    await source.query(`set timezone = 'UTC'`);
    for (const table of tables) {
      const { expected, found } = await bothSides(source, target, 'bookings', table);
      expect(found.length, table).toBe(expected.length);
      expect(found, table).toEqual(expected);
    }
    const [counters] = await target.query<mysql.RowDataPacket[]>(
      `select sum(\`read\`) as taken, sum(applied + superseded + filtered + parked) as sum, sum(parked) as parked
       from sluice.checkpoint where pipeline = 'airline'`,
    );
    expect(counters[0]?.taken).toBe(counters[0]?.sum);
    expect(Number(counters[0]?.parked)).toBe(0);
    // Keys and constraints, as both catalogues count them.
    const kinds = await source.query<{ kind: string; count: string }>(
      `select contype as kind, count(*) from pg_constraint where connamespace = 'bookings'::regnamespace and contype in ('p', 'u', 'f') group by 1 order by 1`,
    );
    const [there] = await target.query<mysql.RowDataPacket[]>(
      `select constraint_type as kind, count(*) as count from information_schema.table_constraints
       where table_schema = 'bookings' and constraint_type <> 'CHECK' group by 1 order by 1`,
    );
    const names: Readonly<Record<string, string>> = { 'FOREIGN KEY': 'f', 'PRIMARY KEY': 'p', UNIQUE: 'u' };
    expect(there.map(({ kind, count }) => [names[String(kind)], String(count)])).toEqual(
      kinds.rows.map(({ kind, count }) => [kind, count]),
    );
    await it.end();
  });
}
