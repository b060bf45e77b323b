/** Proves that pieces hold every record once, in order, and none more than it may. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawRecord } from '../../../pipeline/change.ts';
import { recordBytes } from '../../../pipeline/record-bytes.ts';
import { inPieces } from './split-fetch.ts';

const record = (offset: number, length: number): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: null,
  value: Buffer.alloc(length),
});

test('pieces hold every record once and in order, their credit adds up, and only a single record exceeds it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000)), fc.integer({ min: 1, max: 20_000 }), (lengths, most) => {
      const records = lengths.map((length, offset) => record(offset, length));
      const pieces = [...inPieces(records, most)];
      expect(pieces.flatMap((piece) => piece.records)).toEqual(records);
      for (const piece of pieces) {
        expect(piece.bytes).toBe(piece.records.reduce((sum, one) => sum + recordBytes(one), 0));
        expect(piece.bytes <= most || piece.records.length === 1).toBe(true);
        expect(piece.records.length > 0 || records.length === 0).toBe(true);
      }
    }),
  );
});
