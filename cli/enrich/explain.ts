/** The output of `sluice enrich --explain`: how the country of one record was found, cell by cell. */
import type { UserEvent } from '../../schemas/user-event.ts';
import { explainCountry } from '../../udfs/inferred-country.ts';

/** Further countries are only counted. */
const maxNamedCountries = 8;

function list(countries: readonly string[]): string {
  if (countries.length === 0) return 'none';
  const rest = countries.length - maxNamedCountries;
  return countries.slice(0, maxNamedCountries).join(' ') + (rest > 0 ? ` and ${rest} more` : '');
}

/**
 * Returns a line with the country, then one line per cell in the order of evaluation: the value, the countries that it
 * allows, and those left after it, or `set aside` if other cells overrule it. The text ends with a newline.
 */
export function explainEvent(event: UserEvent): string {
  const { country, source, steps } = explainCountry(event);
  const head =
    country === null ? `unknown, ${steps.length === 0 ? 'nothing says where' : 'the cells do not settle it'}` : country;
  const lines = [`${event.id}: ${head}${source === null ? '' : `, by ${source}`}`];
  for (const { cell, allowed, left, ignored } of steps) {
    const held = JSON.stringify(event[cell as keyof UserEvent] ?? null);
    const then = ignored ? 'set aside' : `left: ${list(left)}`;
    lines.push(`  ${cell.padEnd(12)}${held.padEnd(30)} says ${list(allowed)}; ${then}`);
  }
  return `${lines.join('\n')}\n`;
}
