import { expect, test, vi } from 'vitest';
import type { UserEvent } from '../schemas/user-event.ts';
import { enrichedColumns } from '../schemas/users-enriched.ts';
import { type EnrichedValue, enrichments, enrichmentsFor } from './registry.ts';

const john: UserEvent = {
  id: '1',
  first_name: 'John',
  last_name: 'Doe',
  email: 'John.Doe+news@Gmail.com',
  phone: '+1-555-0123',
  address: '123 Main St',
  city: 'New York',
  state: 'NY',
  country: 'USA',
  postal_code: '10001',
  created_at: '2024-01-15 10:30:00',
  updated_at: '2024-01-15 10:30:00',
  source_system: 'legacy_system',
  cdc_operation: 'INSERT',
  cdc_timestamp: '2024-01-15 10:30:00',
  cdc_sequence: '1234',
  cdc_source: 'legacy_database',
};

function enrich(event: UserEvent): Record<string, EnrichedValue> {
  const row: Record<string, EnrichedValue> = {};
  for (const { column, compute } of enrichments) row[column] = compute(event, row);
  return row;
}

test('an event fills all computed columns', () => {
  expect(enrich(john)).toEqual({
    full_name: 'John Doe',
    email_domain: 'gmail.com',
    is_valid_email_flag: true,
    email_category: 'personal',
    normalized_email: 'johndoe@gmail.com',
    inferred_country: 'US',
    country_source: 'country',
    phone_e164: null,
  });
});

test('an event with empty cells gives no values', () => {
  const empty = Object.fromEntries(Object.keys(john).map((field) => [field, null])) as unknown as UserEvent;
  expect(enrich(empty)).toEqual({
    full_name: null,
    email_domain: null,
    is_valid_email_flag: false,
    email_category: 'unknown',
    normalized_email: null,
    inferred_country: null,
    country_source: null,
    phone_e164: null,
  });
});

test('the values depend neither on earlier events nor on the time zone', () => {
  const first = enrich(john);
  enrich({ ...john, email: 'x@y.zz', city: 'Paris' });
  vi.stubEnv('TZ', 'Asia/Kathmandu');
  expect(enrich(john)).toEqual(first);
  vi.unstubAllEnvs();
});

test('every computed column of the table has one function, and every function its column', () => {
  const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).sort();
  expect(enrichments.map(({ column }) => column).sort()).toEqual(names(enrichedColumns));
});

test('switching off the mailbox rules changes only normalized_email', () => {
  const off = enrichmentsFor('off');
  expect(enrichmentsFor('on')).toBe(enrichments);
  expect(off.filter((enrichment, at) => enrichment !== enrichments[at]).map(({ column }) => column)).toEqual([
    'normalized_email',
  ]);
  expect(off.find(({ column }) => column === 'normalized_email')?.compute(john, {})).toBe('john.doe+news@gmail.com');
});
