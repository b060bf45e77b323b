import { expect, test } from 'vitest';
import { definitionsSetting, notedDefinitions, redefined, redefinitionWarning, snapshotRuns } from './definitions.ts';

test('a table is redefined if its hash differs or it is gone', () => {
  const noted = notedDefinitions({ [definitionsSetting]: '{"public.a":"1","public.b":"2","public.c":"3"}' });
  expect(redefined(noted, { 'public.a': '1', 'public.b': 'x', 'public.new': '9' })).toEqual(['public.b', 'public.c']);
  expect(redefined(notedDefinitions({}), { 'public.a': '1' })).toEqual([]);
  expect(redefined(notedDefinitions(undefined), {})).toEqual([]);
});

test.each([
  ['there are no offsets yet', [], true],
  ['rows are read', [{ snapshot: 'INITIAL', snapshot_completed: false, lsn: 1 }], true],
  ['the last row was read', [{ snapshot: 'INITIAL', snapshot_completed: true, lsn: 1 }], false],
  ['an incremental snapshot was taken', [{ snapshot: 'INCREMENTAL', snapshot_completed: false, lsn: 1 }], false],
  ['changes are followed', [{ lsn: 2, messageType: 'MESSAGE' }], false],
])('snapshotRuns recognises by the offsets that %s', (_, offsets, running) => {
  expect(snapshotRuns(offsets)).toBe(running);
});

test('the warning depends on whether the snapshot still runs', () => {
  expect(redefinitionWarning([], true)).toBeUndefined();
  expect(redefinitionWarning(['public.a'], true)).toMatch(/public\.a has changed.*still runs.*--drop-slot/);
  expect(redefinitionWarning(['public.a'], false)).toMatch(/public\.a has changed.*If that was before/);
});
