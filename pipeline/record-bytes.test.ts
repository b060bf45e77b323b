/** Proves that a record takes credit for all the memory that it holds, even if it is tiny. */
import { expect, test } from 'vitest';
import type { RawRecord } from './change.ts';
import { recordBytes } from './record-bytes.ts';

const record = (value: Buffer | null, key: Buffer | null = null): RawRecord => ({
  offset: '0',
  timestamp: '0',
  key,
  value,
});

test.each([
  ['a record without key and value', record(null), 1024],
  ['a record with a tiny value', record(Buffer.alloc(20)), 1064],
  ['a record with a key, which is held once', record(null, Buffer.alloc(10)), 1034],
  ['a record with a value of 1 MB, which is held twice', record(Buffer.alloc(1_000_000)), 2_001_024],
  ['a record with headers', { ...record(null), headers: { bytes: 100, list: () => [] } }, 1124],
])('%s takes the credit of its memory', (_, one, bytes) => {
  expect(recordBytes(one)).toBe(bytes);
});
