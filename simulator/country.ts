/**
 * What the inventor knows about a country. Phone templates are valid for the country, postal templates belong to their
 * city and the city to its state, so that an invented clean user agrees with itself.
 */
import type { NamePool } from './names.ts';

/** A city with the postal codes and phone numbers found there, as templates for `fill`. */
export type City = {
  readonly name: string;
  /** As people there write it; null where addresses carry none. */
  readonly state: string | null;
  readonly postalCodes: readonly string[];
  readonly phones: readonly string[];
};

export type Country = {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** Share among all users, relative to the other countries. */
  readonly weight: number;
  /** How people write it, most usual first. */
  readonly spellings: readonly string[];
  readonly names: NamePool;
  /** `*` stands for the house number. */
  readonly streets: readonly string[];
  readonly cities: readonly City[];
  /** Mail providers of its own. */
  readonly providers: readonly string[];
  /** Ends of domains; `*` stands for the name of the house. */
  readonly company: string;
  readonly university: string;
  readonly government: string;
  readonly military: string | null;
  readonly charity: string;
};

/** A country as its table row: lists in one text separated by `;`, a city as `name|state|postal codes|own phones`. */
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

/** Reads a table row. Throws on a row that lacks a part: a mistake in the table, found when it is loaded. */
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
