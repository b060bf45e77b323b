/**
 * Domains of towns. In some countries nearly every municipality has its bare name under the country's domain
 * (`nuernberg.de`, `oostgelre.nl`); in the United States its name, with or without the state's, under .org or .com
 * (`burleyidaho.org`). No list has them all, but the table of places knows the names. A company with the name of a town is
 * miscategorised, which is rare.
 */
import { loadTable } from './table.ts';

/** `oostgelre` to `NL`: labels without hyphens, each with the countries that have a place or district of that name. */
const towns = loadTable('town-labels');

/** Countries in which the bare name of a town under the country's domain is the town hall. */
const bareNames = new Set(['de', 'ch', 'nl', 'se', 'fi', 'ee', 'no', 'dk', 'li', 'lu', 'ca']);

/** States of the United States as endings of town domains. */
const stateNames =
  /-?(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|newhampshire|newjersey|newmexico|newyork|northcarolina|northdakota|ohio|oklahoma|oregon|pennsylvania|rhodeisland|southcarolina|southdakota|tennessee|texas|utah|vermont|virginia|washington|westvirginia|wisconsin|wyoming)$/;
const stateCodes =
  /-?(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy])$/;

/** Shorter names of towns are too ambiguous: in general, with a state's code, and alone. */
const shortest = 4;
const shortestWithCode = 5;
const shortestAlone = 8;

/** Names of towns that are better known as foundations, or as companies founded there. */
const notTowns = new Set(
  'carnegie brookings rockefeller cambridge lutheran smithsonian beiersdorf selters rosenthal meissen stora boliden getinge nokia outokumpu raisio kongsberg zurich zuerich'.split(
    ' ',
  ),
);

/** The countries with a place of this name, two letters each; '' if there is none. */
function countriesOf(label: string): string {
  return towns.find(label.replaceAll('-', '')) ?? '';
}

/** `DENL` holds codes of two letters, so a code may only start at an even index. */
function has(countries: string, country: string): boolean {
  for (let at = 0; at < countries.length; at += 2) if (countries.startsWith(country, at)) return true;
  return false;
}

function isAmerican(label: string, top: string): boolean {
  const town = label.replace(stateNames, '');
  if (town !== label && town.length >= shortest && has(countriesOf(town), 'US')) return true;
  const short = label.replace(stateCodes, '');
  if (short !== label && short.length >= shortestWithCode && has(countriesOf(short), 'US')) return true;
  // A bare name counts only under .org and .us, and only if no other country has the place.
  return top !== 'com' && top !== 'net' && label.length >= shortestAlone && countriesOf(label) === 'US';
}

/** Is the registrable domain likely to belong to a town hall? */
export function isMunicipality(registrable: string): boolean {
  const dot = registrable.indexOf('.');
  const label = registrable.slice(0, dot);
  const top = registrable.slice(dot + 1);
  if (label.length < shortest || notTowns.has(label)) return false;
  if (bareNames.has(top)) return has(countriesOf(label), top.toUpperCase());
  if (/^[a-z]{2}\.ca$/.test(top)) return has(countriesOf(label), 'CA');
  return (top === 'org' || top === 'com' || top === 'net' || top === 'us') && isAmerican(label, top);
}
