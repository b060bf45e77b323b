/** The airports of the demo, see `airports.tsv`, and the distances between them. */
import { readFileSync } from 'node:fs';

export type Airport = {
  /** IATA code. */
  readonly code: string;
  readonly name: Translated;
  readonly city: Translated;
  /** Degrees, as the text of a `double precision`. */
  readonly longitude: string;
  readonly latitude: string;
  /** Name in the time zone database. */
  readonly timezone: string;
};

export type Translated = { readonly en: string; readonly ru: string };

/** All airports, by code. */
export const airports: readonly Airport[] = readFileSync(new URL('airports.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [
      code = '',
      nameEn = '',
      nameRu = '',
      cityEn = '',
      cityRu = '',
      longitude = '',
      latitude = '',
      timezone = '',
    ] = line.split('\t');
    const [name, city] = [
      { en: nameEn, ru: nameRu },
      { en: cityEn, ru: cityRu },
    ];
    return { code, name, city, longitude, latitude, timezone };
  });

const earthRadiusKm = 6371;
const radians = (degrees: string): number => (Number(degrees) * Math.PI) / 180;

/** Kilometres between two airports on a great circle, rounded. */
export function distanceKm(one: Airport, other: Airport): number {
  const [from, to] = [radians(one.latitude), radians(other.latitude)];
  const cosine =
    Math.sin(from) * Math.sin(to) +
    Math.cos(from) * Math.cos(to) * Math.cos(radians(one.longitude) - radians(other.longitude));
  return Math.round(earthRadiusKm * Math.acos(Math.min(1, cosine)));
}
