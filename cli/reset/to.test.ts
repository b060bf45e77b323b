/** Proves which texts `--to` accepts. */
import { expect, test } from 'vitest';
import { resetTo } from './to.ts';

test.each([
  ['earliest', { kind: 'earliest' }],
  ['latest', { kind: 'latest' }],
  ['0', { kind: 'offset', offset: 0n }],
  ['9007199254740993', { kind: 'offset', offset: 9007199254740993n }],
  [
    '0:12,3:0',
    {
      kind: 'offsets',
      offsets: new Map([
        [0, 12n],
        [3, 0n],
      ]),
    },
  ],
  ['2024-01-01', { kind: 'time', at: Date.UTC(2024, 0, 1) }],
  ['2024-01-01T01:00:00.5+01:00', { kind: 'time', at: Date.UTC(2024, 0, 1) + 500 }],
])('--to accepts %s', (text, to) => {
  expect(resetTo(text)).toEqual(to);
});

test.each([
  '',
  'middle',
  '-1',
  '1.5',
  '0:1,',
  '0:1,0:2',
  '2024-13-01',
  '2024-01-01T00:00:00',
  '1:2:3',
  '2024'.repeat(5),
])("'%s' is refused with what was expected", (text) => {
  expect(() => resetTo(text)).toThrow(/expected earliest|named twice/);
});
