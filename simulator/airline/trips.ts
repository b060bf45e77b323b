/** Trips: one or more flights that connect, and often the same way back some days later. */
import type { Prng } from '../prng.ts';
import { minutesPerDay } from './moment.ts';
import { type Route, type Schedule, seatsByRoute } from './schedule.ts';
import { Weighted } from './weighted.ts';

const shortestStopMinutes = 45;
const longestStopMinutes = minutesPerDay;
const longestReturnStopMinutes = 3 * minutesPerDay;
const longestStayDays = 10;
const returnShare = 0.95;
/** Of 0, 1 and 2 changes of the aircraft on the way there. */
const changes = new Weighted([14, 40, 46]);

/** Chooses trips from a schedule. */
export class TripPlanner {
  readonly #routes: readonly Route[];
  /** Indices of the routes from an airport, by its code. */
  readonly #routesFrom = new Map<string, number[]>();
  readonly #firstRoutes: Weighted;
  // By the index of a flight. Typed arrays, because they are searched for every flight of every trip.
  readonly #departures: Int32Array;
  readonly #arrivals: Int32Array;
  readonly #routeOf: Int32Array;

  constructor(schedule: Schedule) {
    const { flights, routes } = schedule;
    this.#routes = routes;
    this.#firstRoutes = new Weighted(seatsByRoute(schedule));
    this.#departures = Int32Array.from(flights, ({ departure }) => departure);
    this.#arrivals = Int32Array.from(flights, ({ arrival }) => arrival);
    this.#routeOf = new Int32Array(flights.length);
    for (const [index, { from, firstFlight, endFlight }] of routes.entries()) {
      this.#routeOf.fill(index, firstFlight, endFlight);
      const known = this.#routesFrom.get(from.code);
      if (known === undefined) this.#routesFrom.set(from.code, [index]);
      else known.push(index);
    }
  }

  /** Indices of the flights of a trip, at least one. No flight is in it twice. */
  plan(prng: Prng): number[] {
    const first = this.#route(this.#firstRoutes.pick(prng));
    let flight = first.firstFlight + prng.below(first.endFlight - first.firstFlight);
    const there = [flight];
    const visited = [first.from, first.to];
    for (let more = changes.pick(prng); more > 0; more -= 1) {
      const place = visited.at(-1) ?? first.to;
      const next = this.#route(prng.pick(this.#routesFrom.get(place.code) ?? []));
      if (visited.includes(next.to)) break;
      const found = this.#nextFlight(next, this.#arrival(flight) + shortestStopMinutes, longestStopMinutes);
      if (found === undefined) break;
      flight = found;
      there.push(flight);
      visited.push(next.to);
    }
    const stayMinutes = (1 + prng.below(longestStayDays)) * minutesPerDay;
    return prng.chance(returnShare) ? [...there, ...this.#wayBack(there, stayMinutes)] : there;
  }

  /** The flights back, none if there is not one for every flight. */
  #wayBack(there: readonly number[], stayMinutes: number): number[] {
    const back: number[] = [];
    let earliest = this.#arrival(there.at(-1) ?? 0) + stayMinutes;
    for (const flight of there.toReversed()) {
      const route = this.#route(this.#route(this.#routeOf[flight] ?? 0).back);
      const found = this.#nextFlight(route, earliest, longestReturnStopMinutes);
      if (found === undefined) return [];
      back.push(found);
      earliest = this.#arrival(found) + shortestStopMinutes;
    }
    return back;
  }

  /** The first flight of a route from this minute on, undefined if there is none within the limit. */
  #nextFlight(route: Route, from: number, withinMinutes: number): number | undefined {
    let [low, high] = [route.firstFlight, route.endFlight];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#departures[middle] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low < route.endFlight && (this.#departures[low] ?? 0) <= from + withinMinutes ? low : undefined;
  }

  #route(index: number): Route {
    const route = this.#routes[index];
    if (route === undefined) throw new RangeError(`there is no route ${index}`);
    return route;
  }

  #arrival(flight: number): number {
    return this.#arrivals[flight] ?? 0;
  }
}
