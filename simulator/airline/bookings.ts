/**
 * Bookings with their tickets and legs, chosen once and kept as numbers: about 25 bytes for each ticket and its legs. All
 * tables are written from them.
 */
import { setImmediate } from 'node:timers/promises';
import { Prng } from '../prng.ts';
import { type Fare, seatsOf } from './fleet.ts';
import { minutesPerDay, presentMinute } from './moment.ts';
import { defaultFlights, type Schedule } from './schedule.ts';
import { TripPlanner } from './trips.ts';
import { Weighted } from './weighted.ts';

/** All bookings, in columns. A leg is a flight of a ticket. */
export type Bookings = {
  /** First number from which the references are made. */
  readonly firstRef: number;
  /** By booking: its date in minutes, see `moment.ts`. */
  readonly dates: Int32Array;
  /** By booking: the index of its first ticket. One more entry is the number of tickets. */
  readonly firstTickets: Int32Array;
  /** By ticket: the index of its first leg. One more entry is the number of legs. */
  readonly firstLegs: Int32Array;
  /** By leg: the index of the flight in the schedule. */
  readonly flights: Int32Array;
  readonly fares: Int32Array;
  readonly cents: Int32Array;
  /** By leg: the number of passengers who booked this class of the flight before, see `assignedSeat`. */
  readonly passengers: Int32Array;
};

/** Bookings for each flight, as in the original demo database. */
const bookingsPerFlight = 262_788 / defaultFlights;
const firstTicketNo = 5432000987;
/** How often bookings have 1 to 4 tickets in the original demo database. */
const ticketCounts = new Weighted([183_144, 61_375, 12_237, 6_032]);
const fareNumbers: readonly Fare[] = [0, 1, 2];
const businessShare = 0.12;
const comfortShare = 0.02;
const discountShare = 0.15;
const attempts = 20;
/** Bookings chosen before other work of the process gets a turn. */
const bookingsPerTurn = 2_000;

/** Chooses the bookings of a schedule, in the order of their ticket numbers. */
export async function planBookings(schedule: Schedule, seed: string | number): Promise<Bookings> {
  const prng = new Prng(`airline/bookings/${seed}`);
  const planner = new TripPlanner(schedule);
  const seats = new Seats(schedule);
  const count = Math.round(schedule.flights.length * bookingsPerFlight);
  const firstRef = prng.next();
  const dates = new Int32Array(count);
  const firstTickets = new Int32Array(count + 1);
  const [firstLegs, flights, fares, cents, passengers] = [
    new Column(),
    new Column(),
    new Column(),
    new Column(),
    new Column(),
  ];

  const addLeg = (flight: number, fare: Fare, factor: number) => {
    flights.push(flight);
    fares.push(fare);
    cents.push(legCents(schedule.flights[flight]?.route.priceCents ?? 0, fare, factor));
    passengers.push(seats.take(flight, fare));
  };
  for (let index = 0; index < count; index += 1) {
    if (index % bookingsPerTurn === 0) await setImmediate();
    const wanted = ticketCounts.pick(prng) + 1;
    const factor = prng.chance(discountShare) ? 1 - prng.below(150) / 1000 : 1;
    const trip = planFreeTrip(planner, seats, prng);
    for (let ticket = 0; ticket < wanted && seats.areFree(trip); ticket += 1) {
      const wish = wishedFare(prng);
      firstLegs.push(flights.length);
      for (const flight of trip) addLeg(flight, seats.freeFare(flight, wish) ?? wish, factor);
    }
    firstTickets[index + 1] = firstLegs.length;
    const departure = schedule.flights[trip[0] ?? 0]?.departure ?? presentMinute;
    // At most 30 days before the first departure, or before the present if that is earlier.
    dates[index] = Math.min(presentMinute, departure - 60) - prng.below(30 * minutesPerDay);
  }
  firstLegs.push(flights.length);
  const legs = { flights: flights.values, fares: fares.values, cents: cents.values, passengers: passengers.values };
  return { firstRef, dates, firstTickets, firstLegs: firstLegs.values, ...legs };
}

/** A trip with a free seat on every flight. Throws `RangeError` if all flights are full. */
function planFreeTrip(planner: TripPlanner, seats: Seats, prng: Prng): readonly number[] {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const trip = planner.plan(prng);
    if (seats.areFree(trip)) return trip;
  }
  return [seats.anyFree()];
}

const wishedFare = (prng: Prng): Fare => (prng.chance(businessShare) ? 2 : prng.chance(comfortShare) ? 1 : 0);

/** What the classes cost, relative to Economy. */
const fareFactors = [1, 1.7, 3] as const;

/** The price of a flight in cents, rounded. */
const legCents = (economyCents: number, fare: Fare, factor: number): number =>
  Math.round(economyCents * fareFactors[fare] * factor);

/** A ticket number with its 13 digits. */
export const ticketNoText = (ticketNo: number): string => String(ticketNo).padStart(13, '0');

/** The number of a ticket by its index. */
export const ticketNo = (ticket: number): string => ticketNoText(firstTicketNo + ticket);

/**
 * The reference of a booking by its index: six hexadecimal digits, different for every index below 2^24. They are scattered
 * by steps that can each be undone.
 */
export function bookRef(booking: number, firstRef: number): string {
  let mixed = (booking + firstRef) & 0xffffff;
  mixed = Math.imul(mixed ^ (mixed >>> 11), 0x9e3779b1) & 0xffffff;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x85ebca6b) & 0xffffff;
  mixed ^= mixed >>> 12;
  return mixed.toString(16).toUpperCase().padStart(6, '0');
}

/** The seats of every flight by class, and how many of them are free. */
class Seats {
  /** Three classes for each flight. */
  readonly #free: Uint16Array;
  readonly #all: Uint16Array;
  /** All flights before this one are full. */
  #firstFree = 0;

  constructor({ flights }: Schedule) {
    this.#all = new Uint16Array(flights.length * fareNumbers.length);
    for (const [flight, { route }] of flights.entries())
      for (const fare of fareNumbers) this.#all[flight * fareNumbers.length + fare] = seatsOf(route.aircraft, fare);
    this.#free = this.#all.slice();
  }

  areFree(trip: readonly number[]): boolean {
    return trip.every((flight) => this.freeFare(flight, 0) !== undefined);
  }

  anyFree(): number {
    while (this.freeFare(this.#firstFree, 0) === undefined) {
      this.#firstFree += 1;
      if (this.#firstFree * fareNumbers.length >= this.#all.length)
        throw new RangeError('there are more bookings than seats');
    }
    return this.#firstFree;
  }

  /** The wished class if it has a free seat, else another one; undefined if the flight is full. */
  freeFare(flight: number, wish: Fare): Fare | undefined {
    const first = flight * fareNumbers.length;
    if (this.#free[first + wish]) return wish;
    return fareNumbers.find((fare) => this.#free[first + fare]);
  }

  /** Books a seat, and returns the number of those booked before. */
  take(flight: number, fare: Fare): number {
    const index = flight * fareNumbers.length + fare;
    const free = this.#free[index] ?? 0;
    this.#free[index] = free - 1;
    return (this.#all[index] ?? 0) - free;
  }
}

/** A list of 32-bit integers that grows. */
class Column {
  #values = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get values(): Int32Array {
    return this.#values.subarray(0, this.#length);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }
}
