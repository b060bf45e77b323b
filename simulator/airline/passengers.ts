/** Passengers: names, document numbers and contacts. Addresses are in a domain that nobody owns. */
import { pools } from '../names.ts';
import type { Prng } from '../prng.ts';

export type Passenger = {
  /** Number of a document: four and six digits. */
  readonly id: string;
  readonly name: string;
  /** Null if unknown. */
  readonly contact: { readonly email?: string; readonly phone: string } | null;
};

const languages = Object.values(pools);
const emailShare = 0.65;
const unknownContactShare = 0.01;

const digits = (prng: Prng, count: number): string => String(prng.below(10 ** count)).padStart(count, '0');

/** The next passenger of a stream of random numbers. */
export function inventPassenger(prng: Prng): Passenger {
  const { first, last } = prng.pick(languages);
  const [given, family] = [prng.pick(first).roman, prng.pick(last).roman];
  const id = `${digits(prng, 4)} ${digits(prng, 6)}`;
  const name = `${given} ${family}`.toUpperCase();
  if (prng.chance(unknownContactShare)) return { id, name, contact: null };
  const phone = `+70${digits(prng, 9)}`;
  if (!prng.chance(emailShare)) return { id, name, contact: { phone } };
  const email = `${given}${prng.pick(['.', '_', ''])}${family}${prng.chance(0.5) ? digits(prng, 4) : ''}@example.com`;
  return { id, name, contact: { email, phone } };
}
