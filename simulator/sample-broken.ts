/**
 * Records of the sample that must be parked, each for one reason. They stand in the file as text, since most of them
 * could not be written by a JSON encoder.
 */
import type { RejectionCode } from '../schemas/rejection.ts';

/** A record's text in the file and why it is refused. */
export type BrokenRecord = { readonly json: string; readonly code: RejectionCode };

/** Fields of an event in the file's order; a text replaces a field, null leaves it out. */
type Changes = { readonly [field: string]: string | null };

const sound: { readonly [field: string]: string } = {
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

/** A sound event with some fields changed, as JSON text. */
function event(changes: Changes): string {
  const fields: string[] = [];
  for (const [name, value] of Object.entries({ ...sound, ...changes })) {
    if (value !== null) fields.push(`"${name}":${value}`);
  }
  return `{${fields.join(',')}}`;
}

/** The broken records; `sequence` is the number of the first of them, as their neighbours have it. */
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
