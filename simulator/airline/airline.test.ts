import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Prng } from '../prng.ts';
import { airports, distanceKm } from './airports.ts';
import { bookRef, planBookings } from './bookings.ts';
import { assignedSeat, capacity, fleet } from './fleet.ts';
import { presentMinute, timestampText } from './moment.ts';
import { tableRows } from './rows.ts';
import { planSchedule } from './schedule.ts';
import { Weighted } from './weighted.ts';

async function allRows(flights: number, seed: string | number) {
  const schedule = planSchedule(flights, seed);
  const tables = tableRows(schedule, await planBookings(schedule, seed), seed);
  return Object.entries(tables).map(([name, rows]) => [name, [...rows()]] as const);
}

const hashOf = async (flights: number, seed: string | number) =>
  createHash('sha256')
    .update(JSON.stringify(await allRows(flights, seed)))
    .digest('hex');

test('the same seed makes the same bytes, on every machine and version of Node', async () => {
  expect(await hashOf(80, 1)).toBe('2a5f295389dfe4946de2f538314b2b82873e4f4a0e62e00f92f076bd409dabc0');
  expect(await hashOf(80, '1')).toBe(await hashOf(80, 1));
  expect(await hashOf(80, 2)).not.toBe(await hashOf(80, 1));
});

test('rows are complete lines without a character that COPY would read otherwise', async () => {
  for (const [name, rows] of await allRows(200, 'lines')) {
    expect(rows.length, name).toBeGreaterThan(0);
    const columns = rows[0]?.split('\t').length;
    for (const row of rows) {
      expect(row).toMatch(/^[^\n\r]*\n$/);
      expect(row.split('\t').length).toBe(columns);
      expect(row.replaceAll('\t\\N', '')).not.toContain('\\');
    }
  }
});

test.each([2, 3, 100, 1_000])('a schedule of %i flights has that many, by route and time', (count) => {
  const { flights, routes } = planSchedule(count, 'schedule');
  expect(flights).toHaveLength(count);
  for (const { firstFlight, endFlight } of routes) {
    const departures = flights.slice(firstFlight, endFlight).map(({ departure }) => departure);
    expect(departures).toEqual([...new Set(departures)].sort((one, other) => one - other));
  }
  for (const { departure, arrival, actualDeparture, actualArrival, status } of flights) {
    expect(arrival).toBeGreaterThan(departure);
    expect(actualDeparture === null, status).toBe(!['Departed', 'Arrived'].includes(status));
    expect(actualArrival === null, status).toBe(status !== 'Arrived');
    if (actualArrival !== null) expect(actualArrival).toBeGreaterThan(actualDeparture ?? actualArrival);
    if (actualDeparture !== null) expect(actualDeparture).toBeLessThanOrEqual(presentMinute);
  }
});

test('more flights than usual reach further back', () => {
  const first = (count: number) => Math.min(...planSchedule(count, 1).flights.map(({ departure }) => departure));
  const days = (first(33_121) - first(66_242)) / 1440;
  expect(days).toBeGreaterThan(55);
  expect(days).toBeLessThan(70);
});

test('any small number of flights has seats for its bookings', async () => {
  for (let flights = 2; flights < 250; flights += 11) {
    const schedule = planSchedule(flights, `small ${flights}`);
    const { dates, firstTickets, firstLegs } = await planBookings(schedule, 1);
    expect(dates.length).toBeGreaterThan(flights * 7);
    for (let booking = 0; booking < dates.length; booking += 1)
      expect(firstTickets[booking + 1], `${flights}`).toBeGreaterThan(firstTickets[booking] ?? 0);
    for (let ticket = 0; ticket + 1 < firstLegs.length; ticket += 1)
      expect(firstLegs[ticket + 1]).toBeGreaterThan(firstLegs[ticket] ?? 0);
  }
});

test.each([0, 1, 2.5, 1_000_001, Number.NaN])('a schedule of %d flights is refused', (count) => {
  expect(() => planSchedule(count, 1)).toThrow(RangeError);
});

test('a route is within the range of its aircraft, and has a route back', () => {
  const { routes } = planSchedule(5_000, 'routes');
  for (const [index, { from, to, aircraft, back }] of routes.entries()) {
    expect(distanceKm(from, to)).toBeLessThanOrEqual(aircraft.rangeKm);
    expect(routes[back]).toMatchObject({ from: to, to: from, back: index });
  }
});

test('every passenger of a flight gets a seat of his own, and one more is refused', () => {
  for (const aircraft of fleet) {
    const seats = aircraft.cabins.flatMap(({ fare, seats }) =>
      Array.from({ length: seats }, (_, passenger) => assignedSeat(aircraft, fare, 4711, passenger)),
    );
    expect(new Set(seats).size, aircraft.code).toBe(capacity(aircraft));
    for (const { fare, seats } of aircraft.cabins)
      expect(() => assignedSeat(aircraft, fare, 4711, seats)).toThrow(RangeError);
  }
});

test('references of bookings are different', () => {
  const refs = new Set(Array.from({ length: 500_000 }, (_, index) => bookRef(index, 0xfffff0f0)));
  expect(refs.size).toBe(500_000);
  expect([...refs].every((ref) => /^[0-9A-F]{6}$/.test(ref))).toBe(true);
});

test('a choice by weight is as frequent as its weight, and never one of weight 0', () => {
  const weighted = new Weighted([0, 3, 0, 1]);
  const prng = new Prng('weights');
  const counts = [0, 0, 0, 0];
  for (let count = 0; count < 10_000; count += 1) {
    const index = weighted.pick(prng);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  expect([counts[0], counts[2]]).toEqual([0, 0]);
  expect((counts[1] ?? 0) / (counts[3] ?? 0)).toBeCloseTo(3, 0);
  expect(() => new Weighted([0])).toThrow(RangeError);
});

test('airports have unique codes and coordinates on Earth', () => {
  expect(new Set(airports.map(({ code }) => code)).size).toBe(104);
  for (const { code, longitude, latitude } of airports) {
    expect(code).toMatch(/^[A-Z]{3}$/);
    expect(Math.abs(Number(longitude))).toBeLessThanOrEqual(180);
    expect(Math.abs(Number(latitude))).toBeLessThanOrEqual(90);
  }
});

test('the present of the demo is a fixed moment', () => {
  expect(timestampText(presentMinute)).toBe('2017-08-15 15:00:00+00');
});
