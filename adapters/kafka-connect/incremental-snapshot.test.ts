import { expect, test } from 'vitest';
import { notificationOf, notificationTopic, signalTopic, snapshotSignal } from './incremental-snapshot.ts';

test('names of tables are no patterns to Debezium, and topics have legal names that no pattern of captured topics takes', () => {
  const { key, value } = snapshotSignal('cdc', 'one', ['public.a', 'public.b$c(d)']);
  expect(key).toBe('cdc');
  expect(JSON.parse(value)).toEqual({
    id: 'one',
    type: 'execute-snapshot',
    data: { 'data-collections': ['public\\.a', 'public\\.b\\$c\\(d\\)'], type: 'INCREMENTAL' },
  });
  expect(signalTopic('my app')).toBe('__sluice-signal.my_app');
  expect(notificationTopic('cdc')).toBe('__sluice-notification.cdc');
});

test('what Debezium says is read with and without schemas, and anything else is passed over', () => {
  const said = { id: 'one', type: 'COMPLETED', aggregate_type: 'Incremental Snapshot', additional_data: { a: '1' } };
  const known = { id: 'one', type: 'COMPLETED', aggregate: 'Incremental Snapshot', details: { a: '1' } };
  expect(notificationOf(Buffer.from(JSON.stringify(said)))).toEqual(known);
  expect(notificationOf(Buffer.from(JSON.stringify({ schema: {}, payload: said })))).toEqual(known);
  for (const other of ['', 'x', '{}', '[]', 'null', '{"id":1}'])
    expect(notificationOf(Buffer.from(other))).toBeUndefined();
  expect(notificationOf(null)).toBeUndefined();
});
