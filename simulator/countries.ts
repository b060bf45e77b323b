/** All countries of the invented user base, and how often each is drawn. */
import { africaMiddleEast } from './countries-africa-middle-east.ts';
import { americas } from './countries-americas.ts';
import { asiaPacific } from './countries-asia-pacific.ts';
import { southEastEurope } from './countries-south-east-europe.ts';
import { westEurope } from './countries-west-europe.ts';
import { type Country, country } from './country.ts';
import type { Prng } from './prng.ts';

export const countries: readonly Country[] = [
  ...americas,
  ...westEurope,
  ...southEastEurope,
  ...asiaPacific,
  ...africaMiddleEast,
].map(country);

/** Every country as often as its weight in halves says: drawing is one look-up. */
const urn: readonly Country[] = countries.flatMap((one) => new Array<Country>(Math.round(one.weight * 2)).fill(one));

/** A country, drawn by weight. */
export const drawCountry = (prng: Prng): Country => prng.pick(urn);
