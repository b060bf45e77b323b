import { expect, test } from 'vitest';
import type { RowEvent } from '../formats/debezium/row-event.ts';
import { positionEvent } from './source-position.ts';

const reached = { generation: 0, streamed: false, snapshot: null, committed: null };
const eventAt = (major: string, minor: string, operation: RowEvent['operation'] = 'update'): RowEvent =>
  ({ operation, snapshot: 'false', position: { major, minor }, sourceTime: null }) as RowEvent;

test('the greatest position that a target can store is kept', () => {
  expect(positionEvent(eventAt('9223372036854775807', '4611686018427387903'), reached, null)).toMatchObject({
    position: { major: '9223372036854775807', minor: '9223372036854775806' },
  });
});

test.each([
  ['9223372036854775808', '1', 'update'],
  ['1', '4611686018427387904', 'update'],
  ['0', '9999999999999999999', 'read'],
] as const)(
  'a position beyond it is rejected, and the partition keeps its progress: %s, %s',
  (major, minor, operation) => {
    expect(positionEvent(eventAt(major, minor, operation), reached, '5')).toMatchObject({ code: 'no_position' });
  },
);
