/**
 * The data about a country from which users are invented. Phone templates are valid in the country, postal templates belong
 * to their city and cities to their state, so that a clean row is consistent.
 */
import type { NamePool } from './names.ts';

/** A city with its postal codes and phone numbers, as templates for `fill`. */
export type City = {
  readonly name: string;
  /** In the local spelling; null when addresses there have no state. */
  readonly state: string | null;
  readonly postalCodes: readonly string[];
  readonly phones: readonly string[];
};

export type Country = {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** Share among all users, relative to the other countries. */
  readonly weight: number;
  /** Spellings of the name, most common first. */
  readonly spellings: readonly string[];
  readonly names: NamePool;
  /** `*` is replaced by the house number. */
  readonly streets: readonly string[];
  readonly cities: readonly City[];
  /** Domains of national mail providers. */
  readonly providers: readonly string[];
  /** Templates of domains; `*` is replaced by the name of the organization. */
  readonly company: string;
  readonly university: string;
  readonly government: string;
  readonly military: string | null;
  readonly charity: string;
};

/** A country as a table row: lists are separated by `;`, a city is `name|state|postal codes|own phones`. */
export type CountryRow = {
  readonly code: string;
  readonly weight: number;
  readonly spellings: string;
  readonly names: NamePool;
  readonly streets: string;
  readonly phones: string;
  readonly cities: readonly string[];
  readonly providers?: string;
  /** Company, university, government, military (or `-`), charity. */
  readonly domains: string;
};

const list = (text: string | undefined): string[] => (text ? text.split(';').map((item) => item.trim()) : []);

/** Parses a table row. Throws when a part is missing, so that a mistake in the table shows at the import. */
export function country(row: CountryRow): Country {
  const phones = list(row.phones);
  const cities = row.cities.map((line) => {
    const [name, state, postalCodes, own] = line.split('|');
    if (!name || state === undefined || !postalCodes) throw new Error(`${row.code}: incomplete city '${line}'`);
    return {
      name,
      state: state === '' ? null : state,
      postalCodes: list(postalCodes),
      phones: own ? list(own) : phones,
    };
  });
  const [company, university, government, military, charity] = list(row.domains);
  if (!company || !university || !government || !military || !charity) throw new Error(`${row.code}: five domains`);
  return {
    code: row.code,
    weight: row.weight,
    spellings: list(row.spellings),
    names: row.names,
    streets: list(row.streets),
    cities,
    providers: list(row.providers),
    company,
    university,
    government,
    military: military === '-' ? null : military,
    charity,
  };
}
