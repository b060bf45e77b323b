/** Proves that a bad record affects only itself, and that no stage loses a batch. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { Rejection } from '../schemas/rejection.ts';
import { batch, claimOf, raw } from '../test/batches.ts';
import type { Batch } from './batch.ts';
import type { RawRecord } from './change.ts';
import { perRecord, type Stage, type Step } from './stage.ts';
import { decode } from './stages/decode.ts';

const claim = claimOf();

const through = <B>(stage: Stage<RawRecord, B>, ...batches: Batch<RawRecord>[]): Promise<Batch<B>[]> =>
  lastValueFrom(from(batches).pipe(stage, toArray()));

const records = ['good', 'throws', 'refused', 'filtered', 'good'].map((value, i) => raw(value, { offset: String(i) }));

type Text = { readonly text: string; readonly offset: string; readonly origin: RawRecord };

const step: Step<RawRecord, Text> = {
  stage: 'enrich',
  onThrow: 'enrichment_failed',
  handle: (origin) => {
    const text = String(origin.value);
    if (text === 'throws') throw new Error('boom');
    if (text === 'refused') return new Rejection('too_long', 'too long', 'email');
    return text === 'filtered' ? undefined : { text, offset: origin.offset, origin };
  },
};
const stage = perRecord(step);

test('a record that throws or is rejected is parked alone, a filtered one is counted, the others pass in order', async () => {
  const [one] = await through(stage, batch(claim, 0, records));
  expect(one?.records).toMatchObject([
    { text: 'good', offset: '0' },
    { text: 'good', offset: '4' },
  ]);
  expect(one?.filtered).toHaveLength(1);
  expect(one?.parked).toEqual([
    { record: records[1], stage: 'enrich', rejection: new Rejection('enrichment_failed', 'boom') },
    { record: records[2], stage: 'enrich', rejection: new Rejection('too_long', 'too long', 'email') },
  ]);
});

test('records parked or filtered by earlier stages are kept, and all counts add up to read', async () => {
  const before = { record: raw('x'), stage: 'decode', rejection: new Rejection('invalid_json', 'no') } as const;
  const given = batch(claim, 0, records, { parked: [before], filtered: ['7', '8'], read: 8 });
  const [one] = await through(stage, given);
  expect(one?.parked[0]).toBe(before);
  expect(one?.filtered).toHaveLength(3);
  expect((one?.records.length ?? 0) + (one?.filtered.length ?? 0) + (one?.parked.length ?? 0)).toBe(8);
});

test('an empty batch passes with its offsets, credit and mark', async () => {
  const given = batch<RawRecord>(claim, 5, [], { to: 9n, bytes: 7, mark: { timestamp: '1', hash: Buffer.from('x') } });
  expect(await through(stage, given)).toEqual([given]);
});

test('a later stage parks the record as the source gave it', async () => {
  const record = raw('x', { key: Buffer.from('k') });
  const later = perRecord({
    stage: 'enrich',
    onThrow: 'enrichment_failed',
    handle: (_: { origin: RawRecord }) => new Rejection('too_long', 'no'),
  });
  const [one] = await lastValueFrom(from([batch(claim, 0, [{ origin: record, event: {} }])]).pipe(later, toArray()));
  expect(one?.parked[0]?.record).toBe(record);
});

test('a record takes all steps before the next record, and stops at the step that rejects or filters it', async () => {
  const taken: string[] = [];
  const second: Step<Text, string> = {
    stage: 'write',
    onThrow: 'enrichment_failed',
    handle: ({ text, offset }) => {
      taken.push(`second ${offset}`);
      if (offset === '4') throw new Error('late');
      return text;
    },
  };
  const first: Step<RawRecord, Text> = {
    ...step,
    handle: (one) => {
      taken.push(`first ${one.offset}`);
      return step.handle(one);
    },
  };
  const [one] = await through(perRecord(first, second), batch(claim, 0, records));
  expect(taken).toEqual(['first 0', 'second 0', 'first 1', 'first 2', 'first 3', 'first 4', 'second 4']);
  expect(one).toMatchObject({ records: ['good'], filtered: ['3'] });
  expect(one?.parked.map(({ record, stage: refused }) => [record, refused])).toEqual([
    [records[1], 'enrich'],
    [records[2], 'enrich'],
    [records[4], 'write'],
  ]);
});

test('a thrown value that is no Error parks the record with its text', async () => {
  const throwing = perRecord({
    stage: 'decode',
    onThrow: 'invalid_json',
    handle: (_: RawRecord) => {
      throw 'a text';
    },
  });
  const [one] = await through(throwing, batch(claim, 0, [raw('x')]));
  expect(one?.parked[0]?.rejection.message).toBe('a text');
});

test('decode filters tombstones, parks rejected values, and keeps the record of each event', async () => {
  const parse = (value: Buffer) =>
    value.length === 0 ? new Rejection('invalid_json', 'the value is empty') : { said: String(value) };
  const given = [raw(null), raw(''), raw('x', { offset: '7' })];
  const [one] = await through(perRecord(decode(parse)), batch(claim, 0, given));
  expect(one).toMatchObject({ filtered: ['0'], parked: [{ record: given[1], stage: 'decode' }] });
  expect(one?.records).toEqual([{ event: { said: 'x' }, origin: given[2] }]);
});
