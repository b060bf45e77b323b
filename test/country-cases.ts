/** Helpers for tests of cells that name a country; each test is a table of cases. */
import { describe, expect, test } from 'vitest';
import { type CountryCells, inferredCountry } from '../udfs/inferred-country.ts';

const nothing: CountryCells = { country: null, state: null, city: null, postal_code: null, phone: null, email: null };

/** Cells, and the country that a careful reader would name. */
export type Case = readonly [cells: Partial<CountryCells>, country: string | null];

/** Tests one kind of cells, a test for each case. */
export function kind(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each<Case>(cases)('%j gives the country %j', (cells, country) => {
      expect(inferredCountry({ ...nothing, ...cells })).toBe(country);
    });
  });
}

/** Cases with a single cell. */
export function alone(
  cell: keyof CountryCells,
  countries: { readonly [text: string]: string | null },
): readonly Case[] {
  return Object.entries(countries).map(([text, country]) => [{ [cell]: text }, country]);
}
