/** What `sluice enrich --explain` prints: how the country of one record was found, cell by cell. */
import type { UserEvent } from '../../schemas/user-event.ts';
import { explainCountry } from '../../udfs/inferred-country.ts';

/** More countries than these are counted, not named. */
const named = 8;

function list(countries: readonly string[]): string {
  if (countries.length === 0) return 'none';
  const rest = countries.length - named;
  return countries.slice(0, named).join(' ') + (rest > 0 ? ` and ${rest} more` : '');
}

/**
 * A head line with the answer and one line a cell, in the order in which they were weighed: what the cell holds, the countries it
 * allows, and those left after it, or that it was set aside against others. Text ends with a newline.
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
