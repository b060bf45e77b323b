/**
 * Rows of the legacy user table. A clean row is consistent: postal code, city, state, phone and country match, and the e-mail
 * address contains the name. `blemish.ts` spoils some of them.
 */
import type { City, Country } from './country.ts';
import { fill } from './fill.ts';
import { drawDomain, type MailKind } from './mail-domains.ts';
import { type Name, pools } from './names.ts';
import type { Prng } from './prng.ts';

/** The columns with personal data, as events contain them. */
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

/** The person behind a row, from which updates are invented. Never part of an event. */
export type Person = { readonly home: Country; first: Name; last: Name; city: City; mail: MailKind };

/** Invents a person of the country. */
export function drawPerson(prng: Prng, home: Country, mail: MailKind): Person {
  const pool = pools[home.names];
  return { home, first: prng.pick(pool.first), last: prng.pick(pool.last), city: prng.pick(home.cities), mail };
}

/** Invents an e-mail address of the person. */
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

/** Invents a phone number that is valid in the person's country. */
export const drawPhone = (prng: Prng, { city }: Person): string => fill(prng, prng.pick(city.phones));

/** Fills in a matching address, city, state and postal code. */
export function settle(prng: Prng, { home, city }: Person, user: LegacyUser): void {
  user.address = prng.pick(home.streets).replace('*', String(1 + prng.below(199)));
  user.city = city.name;
  user.state = city.state;
  user.postal_code = fill(prng, prng.pick(city.postalCodes));
}

/** The name of the country: in two of three rows the most common spelling, in the others any. */
export const spellCountry = (prng: Prng, home: Country): string =>
  (prng.chance(0.6) ? home.spellings[0] : undefined) ?? prng.pick(home.spellings);

/** Invents the clean row of a person. */
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

/** Changes a row in one way: a new phone, home, mailbox or name, or a corrected row. Keeps the country and the consistency. */
export function changeUser(prng: Prng, person: Person, user: LegacyUser): void {
  const dice = prng.below(100);
  if (dice < 35) user.phone = drawPhone(prng, person);
  else if (dice < 60) {
    person.city = prng.pick(person.home.cities);
    settle(prng, person, user);
    user.phone = drawPhone(prng, person);
  } else if (dice < 80) user.email = drawEmail(prng, person);
  else if (dice < 90) {
    person.last = prng.pick(pools[person.home.names].last);
    user.last_name = person.last.native;
  } else Object.assign(user, describePerson(prng, person));
}
