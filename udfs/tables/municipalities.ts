/**
 * Towns that are their own domain. In some countries nearly every municipality has its bare name under the country's domain
 * (`nuernberg.de`), in the United States its name with the state's (`…texas.org`). No list has them
 * all, but the table of places knows the names. A company that is called like a town is the price, and rare.
 */
import { cities, subdivisions } from './places.ts';

/** Countries in which the bare name of a town under the country's domain is the town hall. */
const bareNames = new Set(['de', 'ch', 'nl', 'se', 'fi', 'ee', 'no', 'dk', 'li', 'lu']);

/** States of the United States as they end the names of towns' domains. */
const states =
  /(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|newhampshire|newjersey|newmexico|newyork|northcarolina|northdakota|ohio|oklahoma|oregon|pennsylvania|rhodeisland|southcarolina|southdakota|tennessee|texas|utah|vermont|virginia|washington|westvirginia|wisconsin|wyoming)$/;

/** Is `country` among the packed candidates (`GB6US3`)? */
function has(packed: string | null, country: string): boolean {
  if (packed === null) return false;
  for (let i = 0; i < packed.length; i += 3) if (packed.startsWith(country, i)) return true;
  return false;
}

/** German umlauts in domains are written out: `nuernberg` for Nürnberg, which `fold` spells `nurnberg`. */
const writtenOut = /([aou])e/g;

function isPlace(label: string, country: string): boolean {
  const name = label.replaceAll('-', ' ');
  return has(cities.find(name), country) || has(cities.find(name.replace(writtenOut, '$1')), country);
}

/** Does the registrable domain look like a town hall's? Labels shorter than four letters are too likely something else. */
export function isMunicipality(registrable: string): boolean {
  const dot = registrable.indexOf('.');
  const label = registrable.slice(0, dot);
  const top = registrable.slice(dot + 1);
  if (label.length < 4) return false;
  if (bareNames.has(top)) return isPlace(label, top.toUpperCase());
  if (/^[a-z]{2}\.ca$/.test(top))
    return isPlace(label, 'CA') || has(subdivisions.find(label.replaceAll('-', ' ')), 'CA');
  if (top === 'org' || top === 'com' || top === 'net' || top === 'us') {
    const town = label.replace(states, '');
    return town !== label && town.length >= 4 && isPlace(town.replace(/-$/, ''), 'US');
  }
  return false;
}
