/** Proves that the benchmark's events have the form of real Debezium events, and are the same in every run. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { debeziumDecoder } from '../formats/debezium/decode.ts';
import { type DebeziumMessage, debeziumEvents, type EventOptions, type Outcome } from './debezium-events.ts';

/** Recorded messages: a create, an update, a delete and its tombstone. */
const recorded = readFileSync(new URL('./debezium-customers.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): DebeziumMessage => JSON.parse(line));

function all(options: EventOptions): { messages: DebeziumMessage[]; outcome: Outcome } {
  const events = debeziumEvents(options);
  const messages: DebeziumMessage[] = [];
  for (;;) {
    const next = events.next();
    if (next.done) return { messages, outcome: next.value };
    messages.push(next.value);
  }
}

const digest = (options: EventOptions): string => {
  const hash = createHash('sha256');
  for (const { key, value } of all(options).messages) hash.update(key).update(value ?? '');
  return hash.digest('hex');
};

const payload = '"payload":';
const schemaOf = (text: string | null): string | undefined => text?.slice(0, text.indexOf(payload));
const payloadOf = (text: string | null) => (text === null ? null : JSON.parse(text).payload);

/** The type of each member's value. */
const kinds = (value: object) => Object.entries(value).map(([name, one]) => [name, one === null ? null : typeof one]);

test('the same seed gives the same bytes', () => {
  expect(digest({ count: 2_000 })).toBe(digest({ count: 2_000 }));
  expect(digest({ count: 2_000, seed: 2 })).not.toBe(digest({ count: 2_000 }));
});

test('generated events have the schema and the members of recorded ones, byte for byte and in order', () => {
  const { messages } = all({ count: 2_000, keys: 100 });
  for (const real of recorded.slice(0, 3)) {
    const { op } = payloadOf(real.value);
    const made = messages.find(({ value }) => payloadOf(value)?.op === op);
    expect(schemaOf(made?.key ?? null)).toBe(schemaOf(real.key));
    expect(schemaOf(made?.value ?? null)).toBe(schemaOf(real.value));
    const names = (value: string | null) => {
      const { after, before, source, ...rest } = payloadOf(value);
      return [after, before, source, rest].map((one) => one && Object.keys(one));
    };
    expect(names(made?.value ?? null)).toEqual(names(real.value));
    expect(kinds(payloadOf(made?.value ?? null).source)).toEqual(kinds(payloadOf(real.value).source));
  }
  expect(recorded[3]?.value).toBeNull();
});

test('Sluice decodes the events, and when they are applied in order, the expected rows remain', () => {
  const { messages, outcome } = all({ count: 5_000, keys: 300 });
  const decode = debeziumDecoder();
  const rows = new Map<number, number>();
  const operations: Record<string, number> = {};
  let last = 0n;
  for (const { key, value } of messages) {
    const decoded = decode(Buffer.from(key), value === null ? null : Buffer.from(value));
    if (value === null) {
      expect(decoded).toMatchObject({ kind: 'filtered', reason: 'tombstone' });
      continue;
    }
    if (!('kind' in decoded) || decoded.kind !== 'row') throw new Error(JSON.stringify(decoded));
    operations[decoded.operation] = (operations[decoded.operation] ?? 0) + 1;
    expect(BigInt(decoded.position?.minor ?? 0)).toBeGreaterThan(last);
    last = BigInt(decoded.position?.minor ?? 0);
    const id = Number(decoded.key?.cells[0]);
    if (decoded.operation === 'create') expect(rows.has(id)).toBe(false);
    else expect(rows.has(id)).toBe(true);
    if (decoded.operation === 'delete') rows.delete(id);
    else rows.set(id, Number(decoded.after?.cells[12]));
  }
  expect(rows).toEqual(outcome.rows);
  expect(rows.size).toBeLessThanOrEqual(300);
  expect(messages).toHaveLength(5_000 + outcome.tombstones);
  expect(operations).toEqual({ create: expect.any(Number), update: expect.any(Number), delete: outcome.tombstones });
});

test('the schema without source types is less than half as long', () => {
  const length = (sourceTypes: boolean) => all({ count: 1, sourceTypes }).messages[0]?.value?.length ?? 0;
  expect(length(false)).toBeGreaterThan(4_000);
  expect(length(false) * 2).toBeLessThan(length(true));
});
