/** The rows of the eight tables in COPY's text format, in the order of the columns of `schema.ts`. */
import { Prng } from '../prng.ts';
import { airports } from './airports.ts';
import { type Bookings, bookRef, ticketNo } from './bookings.ts';
import { assignedSeat, type Fare, fareNames, fleet, seatNumber } from './fleet.ts';
import { timestampText } from './moment.ts';
import { inventPassenger } from './passengers.ts';
import type { FlightStatus, Schedule } from './schedule.ts';

/** A value of a row. No generated text contains a tab, a line end or a backslash, so none is escaped. */
type Value = string | number | null | undefined;

const line = (...values: readonly Value[]): string => `${values.map((value) => value ?? '\\N').join('\t')}\n`;
const moment = (minute: number | null): string | null => (minute === null ? null : timestampText(minute));
const money = (cents: number): string => (cents / 100).toFixed(2);

/** Makes the rows of each table. Tables are in an order in which every foreign key holds after each of them. */
export function tableRows({ flights }: Schedule, bookings: Bookings, seed: string | number) {
  const { firstRef, dates, firstTickets, firstLegs } = bookings;
  return {
    *aircrafts_data() {
      for (const { code, model, rangeKm } of fleet) yield line(code, JSON.stringify(model), rangeKm);
    },
    *airports_data() {
      for (const { code, name, city, longitude, latitude, timezone } of airports)
        yield line(code, JSON.stringify(name), JSON.stringify(city), `(${longitude},${latitude})`, timezone);
    },
    *seats() {
      for (const { code, cabins } of fleet)
        for (const cabin of cabins)
          for (let seat = 0; seat < cabin.seats; seat += 1)
            yield line(code, seatNumber(cabin, seat), fareNames[cabin.fare]);
    },
    *flights() {
      for (const [index, { route, departure, arrival, status, actualDeparture, actualArrival }] of flights.entries()) {
        const { flightNo, from, to, aircraft } = route;
        const places = [from.code, to.code, status, aircraft.code];
        const actual = [moment(actualDeparture), moment(actualArrival)];
        yield line(index + 1, flightNo, timestampText(departure), timestampText(arrival), ...places, ...actual);
      }
    },
    *bookings() {
      for (const [booking, date] of dates.entries()) {
        const first = firstLegs[firstTickets[booking] ?? 0];
        const end = firstLegs[firstTickets[booking + 1] ?? 0];
        const cents = bookings.cents.subarray(first, end).reduce((sum, one) => sum + one, 0);
        yield line(bookRef(booking, firstRef), timestampText(date), money(cents));
      }
    },
    *tickets() {
      const prng = new Prng(`airline/passengers/${seed}`);
      for (let booking = 0; booking < dates.length; booking += 1) {
        const ref = bookRef(booking, firstRef);
        const end = firstTickets[booking + 1] ?? 0;
        for (let ticket = firstTickets[booking] ?? 0; ticket < end; ticket += 1) {
          const { id, name, contact } = inventPassenger(prng);
          yield line(ticketNo(ticket), ref, id, name, contact && JSON.stringify(contact));
        }
      }
    },
    *ticket_flights() {
      for (const { ticket, flight, fare, cents } of legsOf(bookings))
        yield line(ticketNo(ticket), flight + 1, fareNames[fare], money(cents));
    },
    *boarding_passes() {
      const boarded = new Uint16Array(flights.length);
      for (const { ticket, flight, fare, passenger } of legsOf(bookings)) {
        const planned = flights[flight];
        if (planned === undefined || !hasBoardingPass(planned.status, flight + passenger)) continue;
        const boardingNo = (boarded[flight] ?? 0) + 1;
        boarded[flight] = boardingNo;
        const seat = assignedSeat(planned.route.aircraft, fare, flight, passenger);
        yield line(ticketNo(ticket), flight + 1, boardingNo, seat);
      }
    },
  } satisfies Readonly<Record<string, () => Generator<string>>>;
}

/** Name of a table. */
export type TableName = keyof ReturnType<typeof tableRows>;

type Leg = {
  readonly ticket: number;
  readonly flight: number;
  readonly fare: Fare;
  readonly cents: number;
  readonly passenger: number;
};

function* legsOf({ firstLegs, flights, fares, cents, passengers }: Bookings): Generator<Leg> {
  let ticket = 0;
  for (const [leg, flight] of flights.entries()) {
    while (leg >= (firstLegs[ticket + 1] ?? 0)) ticket += 1;
    const [fare, passenger] = [(fares[leg] ?? 0) as Fare, passengers[leg] ?? 0];
    yield { ticket, flight, fare, cents: cents[leg] ?? 0, passenger };
  }
}

/** All passengers of a departed flight have one, and nine of ten who can check in. */
function hasBoardingPass(status: FlightStatus, number: number): boolean {
  if (status === 'Arrived' || status === 'Departed') return true;
  return (status === 'On Time' || status === 'Delayed') && number % 10 !== 0;
}

/** Characters of rows in one piece for the server. */
const pieceCharacters = 64 * 1024;

/** Collects rows into pieces. */
export function* inChunks(rows: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const row of rows) {
    text += row;
    if (text.length < pieceCharacters) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
