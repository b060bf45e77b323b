/**
 * Routes and flights. Routes come in pairs there and back. Flights are dated from some weeks before the present of the demo
 * to 30 days after it, and sorted by route and time, so that the flights of a route are consecutive.
 */
import { Prng } from '../prng.ts';
import { type Airport, airports, distanceKm } from './airports.ts';
import { type Aircraft, capacity, fleet } from './fleet.ts';
import { minutesPerDay, presentMinute } from './moment.ts';
import { Weighted } from './weighted.ts';

export type Route = {
  /** `PG0001`. */
  readonly flightNo: string;
  readonly from: Airport;
  readonly to: Airport;
  readonly aircraft: Aircraft;
  readonly durationMinutes: number;
  /** Minute of the day in UTC. */
  readonly departureMinute: number;
  /** Whether it flies on a day of the week, from Sunday. */
  readonly days: readonly boolean[];
  /** Price in Economy, in cents. */
  readonly priceCents: number;
  /** Index of the route back. */
  readonly back: number;
  /** Its flights are those with an index from `firstFlight` to `endFlight`, exclusive. */
  readonly firstFlight: number;
  readonly endFlight: number;
};

export type FlightStatus = 'On Time' | 'Delayed' | 'Departed' | 'Arrived' | 'Scheduled' | 'Cancelled';

/** One flight; its identifier is its index + 1. Times are minutes, see `moment.ts`. */
export type Flight = {
  readonly route: Route;
  readonly departure: number;
  readonly arrival: number;
  readonly status: FlightStatus;
  readonly actualDeparture: number | null;
  readonly actualArrival: number | null;
};

export type Schedule = { readonly routes: readonly Route[]; readonly flights: readonly Flight[] };

/** As in the original demo database: about 2.3 million rows. */
export const defaultFlights = 33_121;
const defaultRoutes = 710;

/** Flight numbers have four digits, booking references six hexadecimal ones. */
export const mostFlights = 1_000_000;

const daysAhead = 30;
/**
 * Steps of the golden ratio spread evenly, so that also a few routes have a mix of aircraft with enough seats. The first
 * one is a Superjet.
 */
const firstAircraft = 0.15;
const aircraftStep = 0.618034;
const cancelledShare = 0.0125;
const longDelayShare = 0.05;
/** An airport is chosen for a route as often as this; others have 1. */
const hubs: Readonly<Record<string, number>> = { SVO: 30, DME: 30, VKO: 20, LED: 15, OVB: 8, SVX: 8, KZN: 5, KJA: 5 };

type RoutePlan = Omit<Route, 'firstFlight' | 'endFlight'>;

/** Plans exactly this number of flights. Throws `RangeError` for a number that the keys cannot hold. */
export function planSchedule(flights: number, seed: string | number): Schedule {
  if (!Number.isInteger(flights) || flights < 2 || flights > mostFlights)
    throw new RangeError(`${flights} flights: expected a whole number from 2 to ${mostFlights}`);
  const prng = new Prng(`airline/schedule/${seed}`);
  const plans = planRoutes(Math.max(1, Math.round((Math.min(1, flights / defaultFlights) * defaultRoutes) / 2)), prng);
  const departures = planDepartures(plans, flights);
  const routes: Route[] = [];
  const all: Flight[] = [];
  for (const [index, plan] of plans.entries()) {
    const own = departures[index] ?? [];
    const route: Route = { ...plan, firstFlight: all.length, endFlight: all.length + own.length };
    routes.push(route);
    for (const departure of own) all.push(planFlight(route, departure, prng));
  }
  return { routes, flights: all };
}

function planRoutes(pairs: number, prng: Prng): RoutePlan[] {
  const types = new Weighted(fleet.map(({ weight }) => weight));
  const places = new Weighted(airports.map(({ code }) => hubs[code] ?? 1));
  const plans: RoutePlan[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const aircraft = fleet[types.at((firstAircraft + pair * aircraftStep) % 1)] as Aircraft;
    let [from, to] = [airports[0], airports[0]] as [Airport, Airport];
    let km = 0;
    // Long-distance aircraft do not fly short distances.
    while (km < aircraft.rangeKm / 8 || km > aircraft.rangeKm) {
      from = airports[places.pick(prng)] as Airport;
      to = airports[places.pick(prng)] as Airport;
      km = distanceKm(from, to);
    }
    const durationMinutes = 30 + 5 * Math.round((km / aircraft.cruisingKmPerHour) * 12);
    const daysPerWeek = prng.pick([7, 7, 7, 7, 5, 4, 3, 2]);
    const days = Array.from({ length: 7 }, (_, day) => (day * daysPerWeek) % 7 < daysPerWeek);
    const priceCents = 100_00 * Math.max(30, Math.round(km * 0.08 + prng.below(10)));
    const departureMinute = 5 * prng.below(minutesPerDay / 5);
    const common = { aircraft, durationMinutes, days, priceCents };
    const number = (index: number) => `PG${String(index + 1).padStart(4, '0')}`;
    const there = plans.length;
    plans.push({ ...common, flightNo: number(there), from, to, departureMinute, back: there + 1 });
    const backMinute = (departureMinute + durationMinutes + 60) % minutesPerDay;
    plans.push({
      ...common,
      flightNo: number(there + 1),
      from: to,
      to: from,
      departureMinute: backMinute,
      back: there,
    });
  }
  return plans;
}

/** The departures of each route in order of time: day by day from the last one back, until the number is reached. */
function planDepartures(plans: readonly RoutePlan[], flights: number): number[][] {
  const departures: number[][] = plans.map(() => []);
  const lastDay = Math.floor(presentMinute / minutesPerDay) + daysAhead;
  let planned = 0;
  for (let day = lastDay; planned < flights; day -= 1) {
    // 1 January 1970 was a Thursday.
    const weekday = (day + 4) % 7;
    for (const [index, { days, departureMinute }] of plans.entries()) {
      if (planned === flights) break;
      if (!days[weekday]) continue;
      departures[index]?.push(day * minutesPerDay + departureMinute);
      planned += 1;
    }
  }
  return departures.map((own) => own.reverse());
}

function planFlight(route: Route, departure: number, prng: Prng): Flight {
  const arrival = departure + route.durationMinutes;
  const delay = prng.chance(longDelayShare) ? 15 + prng.below(240) : prng.below(9);
  const deviation = prng.below(11) - 5;
  const flight = { route, departure, arrival, actualDeparture: null, actualArrival: null };
  if (prng.chance(cancelledShare)) return { ...flight, status: 'Cancelled' };
  const actualDeparture = departure + delay;
  const actualArrival = actualDeparture + route.durationMinutes + deviation;
  if (actualArrival <= presentMinute) return { ...flight, status: 'Arrived', actualDeparture, actualArrival };
  if (actualDeparture <= presentMinute) return { ...flight, status: 'Departed', actualDeparture };
  // Check-in opens a day before departure.
  if (departure > presentMinute + minutesPerDay) return { ...flight, status: 'Scheduled' };
  return { ...flight, status: delay >= 15 || departure <= presentMinute ? 'Delayed' : 'On Time' };
}

/** For choosing a flight in proportion to its seats: the weight of each route. */
export const seatsByRoute = ({ routes }: Schedule): number[] =>
  routes.map(({ aircraft, firstFlight, endFlight }) => capacity(aircraft) * (endFlight - firstFlight));
