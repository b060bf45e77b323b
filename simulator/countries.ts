/** All countries of the invented user base, and their weights. */
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

/** Every country, repeated twice its weight, so that drawing is one look-up. */
const urn: readonly Country[] = countries.flatMap((one) => new Array<Country>(Math.round(one.weight * 2)).fill(one));

/** Draws a country by weight. */
export const drawCountry = (prng: Prng): Country => prng.pick(urn);
