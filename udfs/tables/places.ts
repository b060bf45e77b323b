/**
 * Names of cities and of provinces with the countries that have one. Keys are folded names (`place-names.ts`); a value is
 * `GB6US3`: codes of two letters, each with a weight of one digit. Loaded once for all functions.
 */
import { loadTable } from './table.ts';

/** ISO 3166-2 and GeoNames first and second levels; letter codes of ISO 3166-2 as `=ny`. */
export const subdivisions = loadTable('subdivisions');

/** GeoNames places of 1,000 people or more. */
export const cities = loadTable('cities');
