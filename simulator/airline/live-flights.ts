/** The flights that can be booked or are on their way, and what happens to them next. */
import type pg from 'pg';
import type { Prng } from '../prng.ts';
import type { FlightStatus } from './schedule.ts';

/** A flight that can be booked. */
export type LiveFlight = {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  /** Seconds since 1970. */
  readonly departure: number;
};

type ActiveFlight = { readonly id: number; status: FlightStatus };

/** Flights that are between check-in and arrival at the same time, at least. */
const fewestActive = 20;
const delayedShare = 0.15;
const cancelledShare = 0.01;

export class LiveFlights {
  /** By departure. */
  readonly #bookable: readonly LiveFlight[];
  /** By the airports of departure and arrival. */
  readonly #byRoute = new Map<string, LiveFlight[]>();
  readonly #active: ActiveFlight[];
  /** Number of bookable flights that have become active. */
  #opened = 0;

  private constructor(bookable: readonly LiveFlight[], active: ActiveFlight[]) {
    this.#bookable = bookable;
    this.#active = active;
    for (const flight of bookable) {
      const route = `${flight.from} ${flight.to}`;
      const known = this.#byRoute.get(route);
      if (known === undefined) this.#byRoute.set(route, [flight]);
      else known.push(flight);
    }
  }

  /** Reads them. Throws `RangeError` if no flight can be booked. */
  static async read(client: pg.Client): Promise<LiveFlights> {
    const { rows } = await client.query<LiveFlight & { status: FlightStatus }>(
      `select flight_id as id, departure_airport as "from", arrival_airport as "to",
              extract(epoch from scheduled_departure)::float8 as departure, status
       from bookings.flights where status in ('Scheduled', 'On Time', 'Delayed', 'Departed')
       order by scheduled_departure, flight_id`,
    );
    const bookable = rows.filter(({ status }) => status === 'Scheduled');
    if (bookable.length === 0) throw new RangeError('bookings.flights has no flight with the status Scheduled');
    const active = rows.filter(({ status }) => status !== 'Scheduled').map(({ id, status }) => ({ id, status }));
    return new LiveFlights(bookable, active);
  }

  any(prng: Prng): LiveFlight {
    return prng.pick(this.#bookable);
  }

  /** The next flight back after a day, undefined if there is none. */
  back({ id, from, to, departure }: LiveFlight): LiveFlight | undefined {
    const earliest = departure + 86_400;
    return this.#byRoute.get(`${to} ${from}`)?.find((other) => other.id !== id && other.departure >= earliest);
  }

  /** Brings a flight to its next status, false if all flights have arrived. */
  async advance(client: pg.Client, prng: Prng): Promise<boolean> {
    if (this.#active.length < fewestActive) {
      const next = this.#bookable[this.#opened];
      if (next !== undefined) {
        this.#opened += 1;
        this.#active.push({ id: next.id, status: 'Scheduled' });
      }
    }
    if (this.#active.length === 0) return false;
    const flight = prng.pick(this.#active);
    const next = nextStatus(flight.status, prng);
    // Minutes of the delay, or of the difference to the planned duration.
    const minutes = flight.status === 'Delayed' ? 15 + prng.below(180) : prng.below(10);
    await client.query(
      `update bookings.flights set status = $2::text,
         actual_departure = case $2::text when 'Departed' then scheduled_departure + $3 * interval '1 minute'
                              else actual_departure end,
         actual_arrival = case $2::text when 'Arrived'
                            then actual_departure + (scheduled_arrival - scheduled_departure) + $3 * interval '1 minute'
                            else actual_arrival end
       where flight_id = $1`,
      [flight.id, next, minutes],
    );
    flight.status = next;
    if (next === 'Arrived' || next === 'Cancelled') this.#active.splice(this.#active.indexOf(flight), 1);
    return true;
  }
}

function nextStatus(status: FlightStatus, prng: Prng): FlightStatus {
  if (status === 'Scheduled') return prng.chance(cancelledShare) ? 'Cancelled' : 'On Time';
  if (status === 'On Time') return prng.chance(delayedShare) ? 'Delayed' : 'Departed';
  return status === 'Delayed' ? 'Departed' : 'Arrived';
}
