/** Proves that a record counts for what it makes the process hold, tiny ones too. */
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
  ['nothing but objects', record(null), 1024],
  ['a tiny value', record(Buffer.alloc(20)), 1064],
  ['a key, which is held as it came', record(null, Buffer.alloc(10)), 1034],
  ['a value of 1 MB, held as it came and as cells', record(Buffer.alloc(1_000_000)), 2_001_024],
  ['headers', { ...record(null), headers: { bytes: 100, list: () => [] } }, 1124],
])('%s', (_, one, bytes) => {
  expect(recordBytes(one)).toBe(bytes);
});
