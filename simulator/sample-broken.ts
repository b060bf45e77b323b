/**
 * Records of the sample that must be parked, each for one reason. They are written as text, because a JSON encoder could not
 * produce most of them.
 */
import type { RejectionCode } from '../schemas/rejection.ts';

/** The text of a record and the reason for which it is parked. */
export type BrokenRecord = { readonly json: string; readonly code: RejectionCode };

/** Changes to the fields of an event: a text replaces a field, null omits it. */
type Changes = { readonly [field: string]: string | null };

const valid: { readonly [field: string]: string } = {
  id: '9001',
  first_name: '"Jane"',
  last_name: '"Roe"',
  email: '"jane.roe@example.com"',
  phone: '"+1-212-555-0134"',
  address: '"5 Main St"',
  city: '"New York"',
  state: '"NY"',
  country: '"USA"',
  postal_code: '"10001"',
  created_at: '"2024-01-15T10:30:00Z"',
  updated_at: '"2024-01-15T10:30:00Z"',
  source_system: '"legacy_system"',
  cdc_operation: '"INSERT"',
  cdc_timestamp: '"2024-01-15T10:30:00Z"',
  cdc_sequence: '1',
  cdc_source: '"legacy_database"',
};

/** A valid event with some fields changed, as JSON text. */
function event(changes: Changes): string {
  const fields: string[] = [];
  for (const [name, value] of Object.entries({ ...valid, ...changes })) {
    if (value !== null) fields.push(`"${name}":${value}`);
  }
  return `{${fields.join(',')}}`;
}

/** The broken records; `sequence` is the sequence number of the first. */
export function brokenRecords(sequence: number): readonly BrokenRecord[] {
  const at = (offset: number): Changes => ({ id: String(9001 + offset), cdc_sequence: String(sequence + offset) });
  return [
    { json: event({ ...at(0), id: null }), code: 'missing_field' },
    { json: event({ ...at(1), cdc_operation: '"UPSERT"' }), code: 'unknown_operation' },
    { json: event({ ...at(2), id: '9003.5' }), code: 'not_an_integer' },
    { json: event({ ...at(3), first_name: `"${'Ever'.repeat(75)}"` }), code: 'too_long' },
    { json: event({ ...at(4), created_at: '"0000-00-00 00:00:00"' }), code: 'invalid_timestamp' },
    { json: '[9006,"Jane","Roe","INSERT"]', code: 'not_an_object' },
    { json: '"a bare string, not an event"', code: 'not_an_object' },
    { json: event({ ...at(7), email: '12345' }), code: 'wrong_type' },
    { json: event({ ...at(8), cdc_sequence: null }), code: 'missing_field' },
    { json: event({ ...at(9), last_name: '"Ro\\u0000e"' }), code: 'nul_character' },
    { json: event({ ...at(10), city: '"New \\ud800York"' }), code: 'lone_surrogate' },
    { json: event({ ...at(11), updated_at: '"2024-02-30T12:00:00Z"' }), code: 'invalid_timestamp' },
  ];
}
