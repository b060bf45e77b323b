import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { elementsOf } from '../adapters/file/elements.ts';
import { parseUserEvent } from '../formats/flat/parse-user-event.ts';
import { UnknownFields } from '../formats/unknown-fields.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { countries } from './countries.ts';
import { exampleEvent, sampleElements, sampleFile } from './sample.ts';
import { brokenRecords } from './sample-broken.ts';

const committed = readFileSync(new URL('../data/sample_events.json', import.meta.url));
const readme = readFileSync(new URL('../data/README.md', import.meta.url), 'utf8');

const parsed = sampleElements().elements.map((json) =>
  parseUserEvent(Buffer.from(json), {
    orderBy: 'sequence',
    onTooLong: 'park',
    noticed: { unknownFields: new UnknownFields(), truncated: 0, timesCut: 0 },
  }),
);
const events = parsed.filter((event): event is UserEvent => !(event instanceof Rejection));
const refused = parsed.filter((event) => event instanceof Rejection);

test('the script generates the committed bytes', () => {
  expect(committed.toString()).toBe(sampleFile());
});

test('the sample is a JSON array with one element per line and the example first', async () => {
  const elements: string[] = [];
  async function* whole() {
    yield committed;
  }
  for await (const { value } of elementsOf(whole())) elements.push(value.toString());
  expect(elements).toEqual(sampleElements().elements);
  expect(elements[0]).toBe(exampleEvent);
  expect(elements.length).toBeGreaterThanOrEqual(500);
  expect(Array.isArray(JSON.parse(committed.toString()))).toBe(true);
  expect(committed.toString().split('\n').length).toBe(elements.length + 3);
});

test('only the broken records are rejected, each for its reason', () => {
  expect(refused.map(({ code }) => code)).toEqual(brokenRecords(0).map(({ code }) => code));
  expect(refused.length).toBe(12);
});

test('the sample has mail domains of every kind, and missing and invalid addresses', () => {
  const domains = events.map(({ email }) => email?.toLowerCase().trim().split('@')[1] ?? '');
  for (const kind of [
    /^gmail\.com$/,
    /-(?:labs|foods|systems)\./,
    /\.edu$|\.ac\./,
    /\.gov$|\.gov\./,
    /\.mil$/,
    /\.org$/,
    /^(?:mailinator|yopmail|guerrillamail|trashmail)\.com$/,
  ]) {
    expect(
      domains.some((domain) => kind.test(domain)),
      String(kind),
    ).toBe(true);
  }
  expect(events.some(({ email }) => email === null)).toBe(true);
  expect(events.some(({ email }) => email !== null && !email.includes('@'))).toBe(true);
});

test('the sample has 25 countries or more, and users without a country', () => {
  const spelt = new Map(countries.flatMap(({ code, spellings }) => spellings.map((text) => [text, code] as const)));
  const found = new Set(events.map(({ country }) => spelt.get(country ?? '')));
  expect(found.size).toBeGreaterThanOrEqual(25);
  expect(events.some(({ country }) => country === null)).toBe(true);
});

test('the sample has updates, deletes, duplicates and late events', () => {
  const { counts } = sampleElements();
  const seen = new Map<string, bigint>();
  let duplicates = 0;
  let late = 0;
  for (const { id, cdc_sequence } of events) {
    const sequence = BigInt(cdc_sequence ?? 0);
    const newest = seen.get(id);
    if (newest === sequence) duplicates += 1;
    else if (newest !== undefined && newest > sequence) late += 1;
    else seen.set(id, sequence);
  }
  expect(duplicates + late).toBeGreaterThanOrEqual(counts.late);
  expect(counts.duplicates).toBe(14);
  expect(counts.late).toBe(10);
  expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(events.length - counts.duplicates);
});

test('the README lists what the sample contains', () => {
  for (const [kind, count] of Object.entries(sampleElements().counts)) {
    expect(readme).toMatch(new RegExp(`\\| ${kind} \\| ${count} \\|`));
  }
});
