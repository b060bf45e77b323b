/** Proves that each record is decoded on its own: events pass, tombstones are filtered, and rejected records are parked whole. */
import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { Rejection } from '../../schemas/rejection.ts';
import { batch, claimOf, raw } from '../../test/batches.ts';
import type { RawRecord } from '../change.ts';
import { perRecord } from '../stage.ts';
import { decode } from './decode.ts';

const parse = (value: Buffer): string | Rejection => {
  const text = value.toString();
  if (text === 'throw') throw new RangeError('Cannot create a string longer than 0x1fffffe8 characters');
  return text === 'bad' ? new Rejection('invalid_json', 'not JSON') : text;
};

const decoded = (...records: RawRecord[]) =>
  firstValueFrom(of(batch(claimOf(), 10, records)).pipe(perRecord(decode(parse))));

test('events pass in order, each with the record it came from', async () => {
  const [a, b] = [raw('a', { offset: '10' }), raw('b', { offset: '11' })];
  const out = await decoded(a, b);
  expect(out.records).toEqual([
    { event: 'a', origin: a },
    { event: 'b', origin: b },
  ]);
  expect(out).toMatchObject({ from: 10n, to: 12n, read: 2, filtered: [], parked: [] });
});

test('a tombstone is filtered, and an empty value is not', async () => {
  const out = await decoded(raw(null), raw(''));
  expect(out).toMatchObject({ read: 2, filtered: ['0'], parked: [] });
  expect(out.records.map(({ event }) => event)).toEqual(['']);
});

test('a rejected record is parked, and its neighbours pass', async () => {
  const bad = raw('bad', { offset: '11', key: Buffer.from([255]) });
  const out = await decoded(raw('a'), bad, raw('b'));
  expect(out.records.map(({ event }) => event)).toEqual(['a', 'b']);
  expect(out.parked).toEqual([{ record: bad, stage: 'decode', rejection: new Rejection('invalid_json', 'not JSON') }]);
});

test('a record for which the parser throws is parked with the message of the exception', async () => {
  const bad = raw('throw');
  const out = await decoded(raw('a'), bad);
  expect(out.records).toHaveLength(1);
  expect(out.parked).toMatchObject([
    {
      record: bad,
      stage: 'decode',
      rejection: { code: 'decode_failed', message: expect.stringContaining('string longer') },
    },
  ]);
});
