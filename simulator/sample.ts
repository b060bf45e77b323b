/**
 * The committed sample `data/sample_events.json`, which `make-sample.ts` regenerates. It is small enough to read and contains
 * every case that the pipeline must handle. It is deterministic, so the file changes only when the code does.
 */
import { countries } from './countries.ts';
import { LegacyBase, type LegacyEvent } from './legacy-base.ts';
import type { MailKind } from './mail-domains.ts';
import { Prng } from './prng.ts';
import { brokenRecords } from './sample-broken.ts';

/** The example of the specification, byte for byte. It is the first element. */
export const exampleEvent =
  '{"id":1,"first_name":"John","last_name":"Doe","email":"john.doe@example.com","phone":"+1-555-0123","address":"123 Main St","city":"New York","state":"NY","country":"USA","postal_code":"10001","created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-15T10:30:00Z","source_system":"legacy_system","cdc_operation":"INSERT","cdc_timestamp":"2024-01-15T10:30:00Z","cdc_sequence":1234,"cdc_source":"legacy_database"}';

const firstSequence = 1235n;
const users = 320;
const laterChanges = 230;

/** Numbers of elements by kind. `events` counts every element of the array. */
export type SampleCounts = {
  readonly events: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly duplicates: number;
  readonly late: number;
  readonly broken: number;
};

const kinds: readonly MailKind[] = [
  'personal',
  'corporate',
  'educational',
  'government',
  'military',
  'nonprofit',
  'disposable',
];

/** Valid changes in order: first a user of every country, then inserts, updates and deletes mixed. */
function changes(): LegacyEvent[] {
  const base = new LegacyBase({ seed: 'sample', startSequence: firstSequence, firstId: 2n, dirtyShare: 0.12 });
  const prng = new Prng('sample mix');
  const events: LegacyEvent[] = [];
  for (const [i, country] of countries.entries()) {
    const mail = kinds[i % kinds.length];
    events.push(base.insert(mail ? { country, mail, dirty: false } : { country }));
  }
  let left = users - countries.length;
  let later = laterChanges;
  while (left + later > 0) {
    if (prng.below(left + later) < left) {
      events.push(base.insert());
      left -= 1;
    } else {
      events.push(prng.chance(0.75) ? base.update() : base.remove());
      later -= 1;
    }
  }
  return events;
}

/** The elements in file order, and their numbers by kind. */
export function sampleElements(): { readonly elements: readonly string[]; readonly counts: SampleCounts } {
  const valid = changes();
  const elements = valid.map(({ value }) => value.toString());
  const count = (operation: string) => valid.filter((event) => event.operation === operation).length;

  // Late events: swap an event with the next one of its key.
  let late = 0;
  for (let i = 60; i < valid.length && late < 10; i += 1) {
    const next = valid.findIndex(({ key }, j) => j > i && key === valid[i]?.key);
    const older = elements[i];
    const newer = elements[next];
    if (older === undefined || newer === undefined || next - i > 120) continue;
    elements[i] = newer;
    elements[next] = older;
    late += 1;
    i += 25;
  }
  // Duplicates: repeat an event a little later. From the end, so that earlier indexes stay valid.
  const duplicates = 14;
  for (let n = duplicates; n > 0; n -= 1) {
    const at = n * 37;
    const again = elements[at];
    if (again !== undefined) elements.splice(at + 1 + n * 3, 0, again);
  }
  const broken = brokenRecords(Number(firstSequence) + valid.length);
  for (const [n, { json }] of broken.entries()) elements.splice(30 + n * 45, 0, json);
  elements.unshift(exampleEvent);
  return {
    elements,
    counts: {
      events: elements.length,
      inserts: count('INSERT') + 1,
      updates: count('UPDATE'),
      deletes: count('DELETE'),
      duplicates,
      late,
      broken: broken.length,
    },
  };
}

/** The content of the file: a JSON array with one element per line. */
export const sampleFile = (): string => `[\n${sampleElements().elements.join(',\n')}\n]\n`;
