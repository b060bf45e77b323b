/**
 * One row of the legacy user table, invented so that it agrees with itself: postal code, city, state, phone and country
 * belong together, and the e-mail address is made of the name. What spoils some rows is in `blemish.ts`.
 */
import type { City, Country } from './country.ts';
import { fill } from './fill.ts';
import { drawDomain, type MailKind } from './mail-domains.ts';
import { type Name, pools } from './names.ts';
import type { Prng } from './prng.ts';

/** The columns a person fills, as they go into an event. */
export type LegacyUser = {
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  phone: string | null;
  address: string | null;
  city: string | null;
  state: string | null;
  country: string | null;
  postal_code: string | null;
};

/** Who the row is about: what its updates are made from. Never part of an event. */
export type Person = { readonly home: Country; first: Name; last: Name; city: City; mail: MailKind };

/** A person of that country. */
export function drawPerson(prng: Prng, home: Country, mail: MailKind): Person {
  const pool = pools[home.names];
  return { home, first: prng.pick(pool.first), last: prng.pick(pool.last), city: prng.pick(home.cities), mail };
}

/** An e-mail address of that person. */
export function drawEmail(prng: Prng, { first, last, home, mail }: Person): string {
  const domain = drawDomain(prng, mail, home);
  const number = prng.below(1000);
  switch (prng.below(6)) {
    case 0:
      return `${first.roman}.${last.roman}@${domain}`;
    case 1:
      return `${first.roman.charAt(0)}${last.roman}${number}@${domain}`;
    case 2:
      return `${first.roman}${number}@${domain}`;
    case 3:
      return `${first.roman}_${last.roman}@${domain}`;
    case 4:
      return `${last.roman}.${first.roman}${number}@${domain}`;
    default:
      return `${first.roman}.${last.roman}${number}@${domain}`;
  }
}

/** A phone number valid in the person's country. */
export const drawPhone = (prng: Prng, { city }: Person): string => fill(prng, prng.pick(city.phones));

/** Fills in where a person lives: address, city, state and postal code that belong together. */
export function settle(prng: Prng, { home, city }: Person, user: LegacyUser): void {
  user.address = prng.pick(home.streets).replace('*', String(1 + prng.below(199)));
  user.city = city.name;
  user.state = city.state;
  user.postal_code = fill(prng, prng.pick(city.postalCodes));
}

/** Two of three write the country the most usual way, the others in any. */
export const spellCountry = (prng: Prng, home: Country): string =>
  (prng.chance(0.6) ? home.spellings[0] : undefined) ?? prng.pick(home.spellings);

/** The clean row of a person. */
export function describePerson(prng: Prng, person: Person): LegacyUser {
  const user: LegacyUser = {
    first_name: person.first.native,
    last_name: person.last.native,
    email: drawEmail(prng, person),
    phone: drawPhone(prng, person),
    address: null,
    city: null,
    state: null,
    country: spellCountry(prng, person.home),
    postal_code: null,
  };
  settle(prng, person, user);
  return user;
}
