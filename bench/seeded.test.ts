import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { seededBase } from './seeded.ts';

const events = 20_000;

function digest(): string {
  const base = seededBase();
  const hash = createHash('sha256');
  for (let i = 0; i < events; i += 1) hash.update(base.next().value);
  return hash.digest('hex');
}

test('the same seed gives the same bytes', () => {
  expect(digest()).toBe(digest());
});

test('cacheable values are so varied that caches are not flattered', () => {
  const base = seededBase();
  const phones = new Set<string>();
  const domains = new Set<string>();
  const postalCodes = new Set<string>();
  for (let i = 0; i < events; i += 1) {
    const { phone, email, postal_code } = JSON.parse(base.next().value.toString());
    phones.add(phone);
    domains.add(email?.slice(email.indexOf('@')));
    postalCodes.add(postal_code);
  }
  expect(phones.size).toBeGreaterThan(events / 2);
  expect(domains.size).toBeGreaterThan(events / 5);
  expect(postalCodes.size).toBeGreaterThan(events / 4);
});
