import { expect, test } from 'vitest';
import { loadTable, tableOf } from './table.ts';

function sorted(lines: readonly string[]): Buffer {
  const bytes = lines.map((line) => Buffer.from(`${line}\n`)).sort(Buffer.compare);
  return Buffer.concat([Buffer.from('\n'), ...bytes]);
}

test('a table of many blocks finds every key and nothing else', () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `key ${(i * 7919) % 5000}`);
  const table = tableOf(sorted(keys.map((key, i) => (i % 2 === 0 ? `${key}\tvalue ${key}` : key))));
  for (const [i, key] of keys.entries()) expect(table.find(key)).toBe(i % 2 === 0 ? `value ${key}` : '');
  for (const key of ['', 'key', 'key ', 'key 5000', 'kez', '\t', '\n', 'value key 1', 'zzz']) {
    expect(table.has(key)).toBe(false);
  }
});

test('keys beyond ASCII and beyond the basic plane are found', () => {
  const table = tableOf(sorted(['東京\tJP', 'москва\tRU', '𠮷野\tJP', 'a\tAA', 'ab']));
  expect(table.find('東京')).toBe('JP');
  expect(table.find('москва')).toBe('RU');
  expect(table.find('𠮷野')).toBe('JP');
  expect(table.find('a')).toBe('AA');
  expect(table.find('ab')).toBe('');
  expect(table.find('京')).toBe(null);
  expect(table.find('\ud842')).toBe(null);
});

test('an empty table finds nothing', () => {
  expect(tableOf(sorted([])).find('x')).toBe(null);
});

test.each(['mail-domains', 'countries', 'country-names', 'subdivisions', 'cities'])(
  'the committed table %s finds its own lines',
  (name) => {
    const table = loadTable(name);
    const lines = table.lines();
    expect(lines.length).toBeGreaterThan(500);
    for (let i = 0; i < lines.length; i += 97) {
      const [key = '', value = ''] = (lines[i] ?? '').split('\t');
      expect(table.find(key)).toBe(value);
    }
  },
);
