/** Proves that a users table's captured changes become whole user events exactly, or are parked with the reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom, of, pipe } from 'rxjs';
import { expect, test } from 'vitest';
import { Rejection } from '../../schemas/rejection.ts';
import { batch, claimOf, raw } from '../../test/batches.ts';
import { debeziumMessage, type MessageForm, messageForms, type UsersRow } from '../../test/users-topic.ts';
import type { RawRecord } from '../change.ts';
import { nothingNoticed } from '../progress.ts';
import { perRecord } from '../stage.ts';
import { capture } from './capture.ts';
import { captured, users } from './users.ts';

const run = async (records: readonly RawRecord[]) => {
  const noticed = nothingNoticed();
  const stage = pipe(capture(captured), perRecord(users({ orderBy: 'lsn', onTooLong: 'park', noticed })));
  return { out: await firstValueFrom(of(batch(claimOf(), 0, records)).pipe(stage)), noticed };
};

/** Returns the one event, or the rejection that parked it. */
const one = async (form: MessageForm, message: Parameters<typeof debeziumMessage>[1]) => {
  const { key, value } = debeziumMessage(form, message);
  const { out } = await run([raw(value, { key: Buffer.from(key) })]);
  const [parked] = out.parked;
  if (parked) return parked.rejection;
  const [record] = out.records;
  if (!record) throw new Error('no record');
  return record;
};

const ann: UsersRow = {
  id: 9007199254740993n,
  username: 'ann',
  email: 'ann@example.no',
  country: 'NO',
  created_at: 1_705_314_600_123_456n,
};

const event = (more: object) => ({
  id: '9007199254740993',
  first_name: null,
  last_name: null,
  email: 'ann@example.no',
  phone: null,
  address: null,
  city: null,
  state: null,
  country: 'NO',
  postal_code: null,
  created_at: '2024-01-15 10:30:00.123456',
  updated_at: null,
  source_system: null,
  cdc_operation: 'INSERT',
  cdc_timestamp: '2023-11-14 22:13:20.123',
  cdc_sequence: null,
  cdc_source: null,
  ...more,
});

test('with a schema every value arrives exactly: 64-bit id, microseconds, commit time (rule 18)', async () => {
  expect(await one('with-schema', { op: 'c', after: ann })).toMatchObject({ event: event({}) });
});

test.each(messageForms)(
  '%s: c and r become INSERT, u becomes UPDATE, d becomes DELETE, each with its position (rule 11)',
  async (form) => {
    const row = { ...ann, created_at: null };
    const done = async (op: 'c' | 'r' | 'u' | 'd') => {
      const record = await one(form, op === 'd' ? { op, before: row, lsn: 8n } : { op, after: row, lsn: 8n });
      if (record instanceof Rejection) throw new Error(record.message);
      return [record.event.cdc_operation, record.position];
    };
    expect(await done('c')).toEqual(['INSERT', { generation: 0, major: '1', minor: '17' }]);
    expect(await done('r')).toEqual(['INSERT', { generation: 0, major: '0', minor: '16' }]);
    expect(await done('u')).toEqual(['UPDATE', { generation: 0, major: '1', minor: '16' }]);
    expect(await done('d')).toEqual(['DELETE', { generation: 0, major: '1', minor: '16' }]);
  },
);

test('unknown columns are ignored and counted, missing columns are null', async () => {
  const { value } = debeziumMessage('without-schema', { op: 'c', after: { id: 1n, username: 'x', mood: 'y' } });
  const { out, noticed } = await run([raw(value)]);
  expect(out.records[0]?.event).toEqual(
    event({ id: '1', email: null, country: null, created_at: null, cdc_timestamp: '2023-11-14 22:13:20.123' }),
  );
  expect(noticed.unknownFields.describe()).toBe('username (1), mood (1)');
});

test('source columns with the names of event columns are ignored', async () => {
  const after = { id: 1n, cdc_operation: 'DELETE', cdc_timestamp: 'x', cdc_sequence: '5' };
  expect(await one('without-schema', { op: 'u', after })).toMatchObject({
    event: { cdc_operation: 'UPDATE', cdc_timestamp: '2023-11-14 22:13:20.123', cdc_sequence: null },
  });
});

test('a large value that an update did not change parks the record, unless its column is not used (rule 10)', async () => {
  const placeholder = '__debezium_unavailable_value';
  expect(await one('with-schema', { op: 'u', after: { ...ann, address: placeholder } })).toMatchObject({
    code: 'not_carried',
    field: 'address',
  });
  expect(await one('with-schema', { op: 'u', after: { ...ann, biography: placeholder } })).toMatchObject({
    event: event({ cdc_operation: 'UPDATE' }),
  });
});

test('a delete keeps the old row if the source sends it (rule 2)', async () => {
  expect(await one('with-schema', { op: 'd', before: ann })).toMatchObject({
    event: event({ cdc_operation: 'DELETE' }),
  });
});

test.each(['with-schema', 'without-schema'] as const)(
  '%s: a delete without the old row has only its id, not the values that Debezium makes up',
  async (form) => {
    const madeUp = { id: 7n, username: '', email: '', country: 'US', created_at: null };
    expect(await one(form, { op: 'd', before: madeUp })).toMatchObject({
      event: event({ id: '7', email: null, country: null, created_at: null, cdc_operation: 'DELETE' }),
    });
  },
);

test('a default of the schema does not count as a value of the old row', async () => {
  const before = { id: 7n, email: 'nobody@example.com', country: 'US' };
  expect(await one('with-schema', { op: 'd', before, defaults: { email: 'nobody@example.com' } })).toMatchObject({
    event: { id: '7', email: null, country: null },
  });
});

test('a truncate is parked, because it names no rows', async () => {
  expect(await one('with-schema', { op: 't' })).toMatchObject({ code: 'unknown_operation' });
});

test('a time without its unit is parked, not guessed', async () => {
  expect(await one('without-schema', { op: 'c', after: ann })).toMatchObject({
    code: 'wrong_type',
    field: 'created_at',
  });
  const text = { ...ann, created_at: '2024-01-15T10:30:00.123456Z' };
  expect(await one('without-schema', { op: 'c', after: text })).toMatchObject({ event: event({}) });
});

test.each<[row: UsersRow, code: string, field: string]>([
  [{ email: 'x' }, 'missing_field', 'id'],
  [{ id: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' }, 'not_an_integer', 'id'],
  [{ id: 1n, phone: '1'.repeat(21) }, 'too_long', 'phone'],
  [{ id: 1n, created_at: '0044-03-15 00:00:00 BC' }, 'invalid_timestamp', 'created_at'],
  [{ id: 1n, first_name: true }, 'wrong_type', 'first_name'],
])('the rules of user events also apply to captured changes (case %#)', async (after, code, field) => {
  expect(await one('without-schema', { op: 'c', after })).toMatchObject({ code, field });
});

test('a commit time out of range parks only its record', async () => {
  expect(await one('without-schema', { op: 'c', after: { id: 1n }, time: 9_223_372_036_854_775_807n })).toMatchObject({
    code: 'invalid_timestamp',
    field: 'cdc_timestamp',
  });
});

test('flattened events without an LSN are parked, because they have no order', async () => {
  const { out } = await run([raw('{"id":1,"email":"x","__op":"c"}')]);
  expect(out.parked).toMatchObject([{ rejection: { code: 'no_position' } }]);
});

type Line = { readonly topic: string; readonly key: string | null; readonly value: string | null };

const recorded = (name: string, wanted: (line: Line) => boolean): RawRecord[] =>
  readFileSync(join(import.meta.dirname, `../../test/fixtures/debezium/${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .filter(wanted)
    .map(({ key, value }) => raw(value, { key: key === null ? null : Buffer.from(key) }));

test('in recorded Debezium messages tombstones and heartbeats are filtered, and the batch has its source progress (rule 11)', async () => {
  const records = recorded('users', ({ topic }) => topic !== 'cdc.public.small');
  const { out } = await run(records);
  expect(out.records.map(({ event: { id, cdc_operation } }) => `${cdc_operation} ${id}`)).toEqual([
    'INSERT 1',
    'INSERT 2',
    'INSERT 3',
    'UPDATE 1',
    'DELETE 2',
    'UPDATE 3',
    'DELETE 3',
    'INSERT 4',
    'INSERT 5',
  ]);
  // The column `scores` (numeric[]) is null in updates, which is ambiguous; it is not used.
  expect(out.parked).toMatchObject([
    { stage: 'decode', rejection: { code: 'not_carried', field: 'address' } },
    { stage: 'decode', rejection: { code: 'unknown_operation' } },
  ]);
  expect(out).toMatchObject({ read: 14, filtered: ['0', '0', '0'], reached: { generation: 0, streamed: true } });
});
