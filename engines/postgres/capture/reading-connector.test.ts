import { expect, test } from 'vitest';
import { notificationOf, notificationTopic, readingConfig } from './reading-connector.ts';

test('the reading connector has the settings of the main one, but reads its own tables and uses no slot', () => {
  const config = {
    name: 'one',
    'topic.prefix': 'my app',
    'database.hostname': 'source',
    'table.include.list': 'public.a,public.b',
    'snapshot.mode': 'initial',
    'heartbeat.interval.ms': '60000',
    'heartbeat.action.query': 'select 1',
    'snapshot.include.collection.list': 'public.a',
    'unavailable.value.placeholder': 'word',
    'sluice.captured': '{}',
    transforms: 'mine,sluicePlaceholder',
    'transforms.mine.type': 'x',
  };
  const reading = readingConfig(config, ['public.b', 'public.A b(1)']);
  expect(reading).toMatchObject({
    'topic.prefix': 'my app',
    'database.hostname': 'source',
    'table.include.list': '(?-i)public\\.b,(?-i)public\\.A b\\(1\\)',
    'snapshot.mode': 'initial_only',
    'heartbeat.interval.ms': '0',
    'unavailable.value.placeholder': 'word',
    'sluice.beside': 'one',
    'notification.sink.topic.name': '__sluice-notification.my_app',
    transforms: 'mine,sluiceBeside,sluicePlaceholder',
    'transforms.sluiceBeside.header': 'sluice.beside',
  });
  expect(Object.keys(reading)).not.toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^(name|sluice\.captured|heartbeat\.action\.query|snapshot\.include\.collection\.list)$/),
    ]),
  );
});

test('notificationOf parses notifications with and without schemas, and ignores other messages', () => {
  const said = { id: 'one', type: 'COMPLETED', aggregate_type: 'Initial Snapshot', additional_data: { a: '1' } };
  const known = { type: 'COMPLETED', details: { a: '1' } };
  expect(notificationOf(Buffer.from(JSON.stringify(said)))).toEqual(known);
  expect(notificationOf(Buffer.from(JSON.stringify({ schema: {}, payload: said })))).toEqual(known);
  for (const other of ['', 'x', '{}', '[]', 'null', '{"type":"COMPLETED","aggregate_type":"Incremental Snapshot"}'])
    expect(notificationOf(Buffer.from(other))).toBeUndefined();
  expect(notificationOf(null)).toBeUndefined();
  expect(notificationTopic('cdc')).toBe('__sluice-notification.cdc');
});
