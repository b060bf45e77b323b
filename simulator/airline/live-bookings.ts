/**
 * The everyday life of the airline while its database is migrated: people book, check in, change and cancel, flights depart
 * and arrive. Every event is one transaction. The same seed makes the same events in the same database.
 */
import type pg from 'pg';
import { type Clock, systemClock } from '../clock.ts';
import { Prng } from '../prng.ts';
import { RateLimit } from '../rate-limit.ts';
import { ticketNoText } from './bookings.ts';
import { fareNames } from './fleet.ts';
import { type LiveFlight, LiveFlights } from './live-flights.ts';
import { inventPassenger } from './passengers.ts';
import { Weighted } from './weighted.ts';

/**
 * Kinds of events. `rebook` moves a leg to another flight, which changes its primary key; `contact` replaces a JSON value;
 * `cancel` deletes a booking with all that belongs to it.
 */
export const liveEvents = ['book', 'flight', 'check-in', 'rebook', 'contact', 'cancel'] as const;
export type LiveEvent = (typeof liveEvents)[number];

export type LiveOptions = {
  /** `1` when absent. */
  readonly seed?: string | number;
  /** Most transactions per second, above 0. */
  readonly ratePerSecond: number;
  /** Ends the run after the transaction in progress. */
  readonly stop: AbortSignal;
  /** Called after every commit. */
  readonly onCommit?: (event: LiveEvent) => void;
  readonly clock?: Clock;
};

/** Committed transactions by kind. */
export type LiveSummary = Readonly<Record<LiveEvent, number>>;

const eventWeights: Readonly<Record<LiveEvent, number>> = {
  book: 45,
  flight: 25,
  'check-in': 10,
  rebook: 5,
  contact: 5,
  cancel: 10,
};
const returnShare = 0.7;
/** Bookings that can still be changed; older ones stay as they are. */
const mostRemembered = 10_000;

type OwnTicket = { readonly ticketNo: string; readonly legs: { flight: number; isCheckedIn: boolean }[] };
type OwnBooking = { readonly ref: string; readonly tickets: readonly OwnTicket[] };

/**
 * Runs until `stop` is aborted, in the schema `bookings` of a generated or loaded airline. Only one run at a time may use a
 * database, because it numbers tickets itself.
 *
 * @param client not in a transaction
 * @throws the server's errors, after the transaction was rolled back; `RangeError` for a wrong rate or a database without
 *   flights to book.
 */
export async function liveBookings(client: pg.Client, options: LiveOptions): Promise<LiveSummary> {
  const { seed = 1, ratePerSecond, stop, onCommit, clock = systemClock } = options;
  const rate = new RateLimit(ratePerSecond, clock.now());
  const airline = await LiveAirline.open(client, new Prng(`airline/live/${seed}`));
  const committed = { book: 0, flight: 0, 'check-in': 0, rebook: 0, contact: 0, cancel: 0 };
  while (!stop.aborted) {
    const waitMs = rate.take(clock.now());
    if (waitMs > 0) {
      await clock.sleep(waitMs, stop);
      continue;
    }
    await client.query('begin');
    let event: LiveEvent;
    try {
      event = await airline.next();
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
    committed[event] += 1;
    onCommit?.(event);
  }
  return committed;
}

class LiveAirline {
  readonly #client: pg.Client;
  readonly #prng: Prng;
  readonly #flights: LiveFlights;
  readonly #events = new Weighted(liveEvents.map((event) => eventWeights[event]));
  readonly #own: OwnBooking[] = [];
  #nextTicket: number;
  /** Seconds since the present of the demo. */
  #seconds = 0;

  private constructor(client: pg.Client, prng: Prng, flights: LiveFlights, nextTicket: number) {
    this.#client = client;
    this.#prng = prng;
    this.#flights = flights;
    this.#nextTicket = nextTicket;
  }

  static async open(client: pg.Client, prng: Prng): Promise<LiveAirline> {
    const { rows } = await client.query<{ last: string }>(
      `select coalesce(max(ticket_no), '0') as last from bookings.tickets`,
    );
    return new LiveAirline(client, prng, await LiveFlights.read(client), Number(rows[0]?.last ?? 0) + 1);
  }

  /** Runs the statements of the next event. An event that is not possible yet becomes a booking. */
  async next(): Promise<LiveEvent> {
    this.#seconds += 1;
    const event = liveEvents[this.#events.pick(this.#prng)] ?? 'book';
    if (event === 'flight' && (await this.#flights.advance(this.#client, this.#prng))) return event;
    const booking = this.#own.length === 0 ? undefined : this.#prng.pick(this.#own);
    if (booking !== undefined) {
      if (event === 'check-in' && (await this.#checkIn(booking))) return event;
      if (event === 'rebook' && (await this.#rebook(booking))) return event;
      if (event === 'contact') return this.#changeContact(booking);
      if (event === 'cancel') return this.#cancel(booking);
    }
    return this.#book();
  }

  async #book(): Promise<'book'> {
    const prng = this.#prng;
    const flights = this.#chooseTrip();
    const persons = 1 + prng.below(3);
    const prices = flights.map(() => 100 * (30 + prng.below(300)));
    const total = prices.reduce((sum, price) => sum + price, 0) * persons;
    const ref = await this.#insertBooking(total);
    const passengers = Array.from({ length: persons }, () => inventPassenger(prng));
    const ticketNos = passengers.map((_, person) => ticketNoText(this.#nextTicket + person));
    this.#nextTicket += persons;
    await this.#client.query(
      `insert into bookings.tickets (ticket_no, book_ref, passenger_id, passenger_name, contact_data)
       select ticket_no, $2, id, name, contact
       from unnest($1::text[], $3::text[], $4::text[], $5::jsonb[]) as t (ticket_no, id, name, contact)`,
      [
        ticketNos,
        ref,
        passengers.map(({ id }) => id),
        passengers.map(({ name }) => name),
        passengers.map(({ contact }) => contact && JSON.stringify(contact)),
      ],
    );
    await this.#client.query(
      `insert into bookings.ticket_flights (ticket_no, flight_id, fare_conditions, amount)
       select ticket_no, flight_id, $2, amount
       from unnest($1::text[]) as t (ticket_no), unnest($3::integer[], $4::numeric[]) as f (flight_id, amount)`,
      [ticketNos, fareNames[0], flights.map(({ id }) => id), prices],
    );
    const tickets = ticketNos.map((ticketNo) => ({
      ticketNo,
      legs: flights.map(({ id: flight }) => ({ flight, isCheckedIn: false })),
    }));
    this.#own.push({ ref, tickets });
    if (this.#own.length > mostRemembered) this.#own.shift();
    return 'book';
  }

  /** Tries references until one is free. */
  async #insertBooking(total: number): Promise<string> {
    for (;;) {
      const ref = this.#prng.below(0x1000000).toString(16).toUpperCase().padStart(6, '0');
      const { rowCount } = await this.#client.query(
        `insert into bookings.bookings values ($1, bookings.now() + $2 * interval '1 second', $3) on conflict do nothing`,
        [ref, this.#seconds, total],
      );
      if (rowCount === 1) return ref;
    }
  }

  #chooseTrip(): LiveFlight[] {
    const there = this.#flights.any(this.#prng);
    const back = this.#prng.chance(returnShare) ? this.#flights.back(there) : undefined;
    return back === undefined ? [there] : [there, back];
  }

  /** Gives a passenger the first free seat of the flight, false if there is none. */
  async #checkIn({ tickets }: OwnBooking): Promise<boolean> {
    const { ticketNo, legs } = this.#prng.pick(tickets);
    const leg = legs.find(({ isCheckedIn }) => !isCheckedIn);
    if (leg === undefined) return false;
    const { rowCount } = await this.#client.query(
      `insert into bookings.boarding_passes (ticket_no, flight_id, boarding_no, seat_no)
       select $1, f.flight_id,
              (select coalesce(max(boarding_no), 0) + 1 from bookings.boarding_passes p where p.flight_id = f.flight_id),
              s.seat_no
       from bookings.flights f join bookings.seats s using (aircraft_code)
       where f.flight_id = $2 and s.fare_conditions = 'Economy' and not exists (
         select from bookings.boarding_passes p where p.flight_id = f.flight_id and p.seat_no = s.seat_no)
       order by s.seat_no limit 1`,
      [ticketNo, leg.flight],
    );
    leg.isCheckedIn = rowCount === 1;
    return leg.isCheckedIn;
  }

  /** Moves a leg without boarding pass to another flight, false if there is none. */
  async #rebook({ tickets }: OwnBooking): Promise<boolean> {
    const { ticketNo, legs } = this.#prng.pick(tickets);
    const other = this.#flights.any(this.#prng).id;
    const leg = legs.find(({ isCheckedIn }) => !isCheckedIn);
    if (leg === undefined || legs.some(({ flight }) => flight === other)) return false;
    await this.#client.query(
      'update bookings.ticket_flights set flight_id = $3 where ticket_no = $1 and flight_id = $2',
      [ticketNo, leg.flight, other],
    );
    leg.flight = other;
    return true;
  }

  async #changeContact({ tickets }: OwnBooking): Promise<'contact'> {
    const { contact } = inventPassenger(this.#prng);
    await this.#client.query('update bookings.tickets set contact_data = $2 where ticket_no = $1', [
      this.#prng.pick(tickets).ticketNo,
      contact && JSON.stringify(contact),
    ]);
    return 'contact';
  }

  async #cancel(booking: OwnBooking): Promise<'cancel'> {
    const ticketNos = booking.tickets.map(({ ticketNo }) => ticketNo);
    for (const table of ['boarding_passes', 'ticket_flights', 'tickets'])
      await this.#client.query(`delete from bookings.${table} where ticket_no = any ($1)`, [ticketNos]);
    await this.#client.query('delete from bookings.bookings where book_ref = $1', [booking.ref]);
    this.#own.splice(this.#own.indexOf(booking), 1);
    return 'cancel';
  }
}
