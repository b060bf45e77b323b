/** Aircraft types with their cabins. */
import type { Translated } from './airports.ts';

export const fareNames = ['Economy', 'Comfort', 'Business'] as const;

/** Index in `fareNames`. */
export type Fare = 0 | 1 | 2;

/** Seats of one class: full rows from `firstRow` on, the last one possibly not full. */
export type Cabin = {
  readonly fare: Fare;
  readonly letters: string;
  readonly firstRow: number;
  readonly seats: number;
};

export type Aircraft = {
  /** IATA code. */
  readonly code: string;
  readonly model: Translated;
  readonly rangeKm: number;
  readonly cruisingKmPerHour: number;
  /** Share of the routes, relative to the other types. */
  readonly weight: number;
  readonly cabins: readonly Cabin[];
};

const economy = (letters: string, firstRow: number, seats: number): Cabin => ({ fare: 0, letters, firstRow, seats });
const comfort = (letters: string, firstRow: number, seats: number): Cabin => ({ fare: 1, letters, firstRow, seats });
const business = (letters: string, firstRow: number, seats: number): Cabin => ({ fare: 2, letters, firstRow, seats });

const make = (maker: Translated, type: string): Translated => ({
  en: `${maker.en} ${type}`,
  ru: `${maker.ru} ${type}`,
});
const boeing = { en: 'Boeing', ru: 'Боинг' };
const airbus = { en: 'Airbus', ru: 'Аэробус' };
const bombardier = { en: 'Bombardier', ru: 'Бомбардье' };

/** The whole fleet: 1,339 seats. */
export const fleet: readonly Aircraft[] = [
  {
    code: '773',
    model: make(boeing, '777-300'),
    rangeKm: 11100,
    cruisingKmPerHour: 900,
    weight: 10,
    cabins: [business('ACDGHK', 1, 30), comfort('ACDEFGHK', 11, 48), economy('ABCDEFGHJK', 17, 324)],
  },
  {
    code: '763',
    model: make(boeing, '767-300'),
    rangeKm: 7900,
    cruisingKmPerHour: 850,
    weight: 26,
    cabins: [business('ABCFGH', 1, 30), economy('ABDEFGH', 9, 192)],
  },
  {
    code: 'SU9',
    model: { en: 'Sukhoi Superjet-100', ru: 'Сухой Суперджет-100' },
    rangeKm: 3000,
    cruisingKmPerHour: 830,
    weight: 158,
    cabins: [business('ACDF', 1, 12), economy('ACDEF', 4, 85)],
  },
  {
    code: '320',
    model: make(airbus, 'A320-200'),
    rangeKm: 5700,
    cruisingKmPerHour: 840,
    weight: 20,
    cabins: [business('ACDF', 1, 20), economy('ABCDEF', 6, 120)],
  },
  {
    code: '321',
    model: make(airbus, 'A321-200'),
    rangeKm: 5600,
    cruisingKmPerHour: 840,
    weight: 22,
    cabins: [business('ACDF', 1, 28), economy('ABCDEF', 8, 142)],
  },
  {
    code: '319',
    model: make(airbus, 'A319-100'),
    rangeKm: 6700,
    cruisingKmPerHour: 840,
    weight: 36,
    cabins: [business('ACDF', 1, 20), economy('ABCDEF', 6, 96)],
  },
  {
    code: '733',
    model: make(boeing, '737-300'),
    rangeKm: 4200,
    cruisingKmPerHour: 800,
    weight: 36,
    cabins: [business('ACDF', 1, 12), economy('ABCDEF', 4, 118)],
  },
  {
    code: 'CN1',
    model: { en: 'Cessna 208 Caravan', ru: 'Сессна 208 Караван' },
    rangeKm: 1200,
    cruisingKmPerHour: 340,
    weight: 170,
    cabins: [economy('AB', 1, 12)],
  },
  {
    code: 'CR2',
    model: make(bombardier, 'CRJ-200'),
    rangeKm: 2700,
    cruisingKmPerHour: 780,
    weight: 232,
    cabins: [economy('ACDF', 1, 50)],
  },
];

/** Seats of a class; 0 if the aircraft has no such class. */
export const seatsOf = (aircraft: Aircraft, fare: Fare): number =>
  aircraft.cabins.find((cabin) => cabin.fare === fare)?.seats ?? 0;

/** All seats of an aircraft. */
export const capacity = (aircraft: Aircraft): number => aircraft.cabins.reduce((sum, { seats }) => sum + seats, 0);

/** The seat with this index, from 0, among the seats of a cabin: `17A`. */
export function seatNumber({ letters, firstRow }: Cabin, index: number): string {
  return `${firstRow + Math.floor(index / letters.length)}${letters[index % letters.length]}`;
}

/** A prime that divides no number of seats, so that multiples of it reach every seat of a cabin once. */
const seatStride = 37;

/** The seat that the passenger with this number, from 0, gets on a flight. Each passenger of a class gets another one. */
export function assignedSeat(aircraft: Aircraft, fare: Fare, flightId: number, passenger: number): string {
  const cabin = aircraft.cabins.find((one) => one.fare === fare);
  if (cabin === undefined || passenger >= cabin.seats) throw new RangeError(`no seat ${passenger} in ${aircraft.code}`);
  return seatNumber(cabin, (flightId * 13 + passenger * seatStride) % cabin.seats);
}
