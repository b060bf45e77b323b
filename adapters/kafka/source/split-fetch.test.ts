/** Proves that the slices contain every record once, in order, and stay within the limit. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawRecord } from '../../../pipeline/change.ts';
import { recordBytes } from '../../../pipeline/record-bytes.ts';
import { splitFetch } from './split-fetch.ts';

const record = (offset: number, length: number): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: null,
  value: Buffer.alloc(length),
});

test('slices contain every record once and in order, count its bytes, and exceed the limit only for a single record', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000)), fc.integer({ min: 1, max: 20_000 }), (lengths, most) => {
      const records = lengths.map((length, offset) => record(offset, length));
      const slices = [...splitFetch(records, most)];
      expect(slices.flatMap((slice) => slice.records)).toEqual(records);
      for (const slice of slices) {
        expect(slice.bytes).toBe(slice.records.reduce((sum, one) => sum + recordBytes(one), 0));
        expect(slice.bytes <= most || slice.records.length === 1).toBe(true);
        expect(slice.records.length > 0 || records.length === 0).toBe(true);
      }
    }),
  );
});
