/** Shared by the tests of cells that name a country, each a table of cases. */
import { describe, expect, test } from 'vitest';
import { type CountryCells, inferredCountry } from '../udfs/inferred-country.ts';

const nothing: CountryCells = { country: null, state: null, city: null, postal_code: null, phone: null, email: null };

/** Cells, and the country that a careful reader would name. */
export type Case = readonly [cells: Partial<CountryCells>, country: string | null];

/** One kind of cells, a test for each. */
export function kind(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each<Case>(cases)('%j is %j', (cells, country) => {
      expect(inferredCountry({ ...nothing, ...cells })).toBe(country);
    });
  });
}

/** Texts of one cell, alone. */
export function alone(
  cell: keyof CountryCells,
  countries: { readonly [text: string]: string | null },
): readonly Case[] {
  return Object.entries(countries).map(([text, country]) => [{ [cell]: text }, country]);
}
