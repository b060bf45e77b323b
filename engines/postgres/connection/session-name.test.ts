/** Proves that session names stay distinct and recognisable within PostgreSQL's limit. */
import { expect, test } from 'vitest';
import { sessionName } from './session-name.ts';

test('a short name is not changed', () => {
  expect(sessionName('users/lane 3')).toBe('sluice/users/lane 3');
  expect(sessionName('demo')).toBe('sluice/demo');
});

test.each([
  ['long', 'p'.repeat(200)],
  ['exactly at the limit', 'p'.repeat(63 - 'sluice//lane 9'.length + 1)],
  ['not ASCII', 'Kund*innen-Übersicht'],
  ['with slashes', `${'a/b'.repeat(40)}`],
])('session names of a pipeline whose name is %s keep their ends and stay distinct (rule 15)', (_, pipeline) => {
  const others = [`${pipeline}/lane 1`, `${pipeline}/lane 10`, `${pipeline}x/lane 1`, `x${pipeline}/lane 1`];
  const names = others.map(sessionName);
  expect(new Set(names).size).toBe(others.length);
  for (const name of names) {
    expect(name).toMatch(/^sluice\/[ -~]+\/lane 10?$/);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
  }
});
