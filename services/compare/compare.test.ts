/** Proves that a comparison without an order finds every difference, and names its key. */
import { expect, test } from 'vitest';
import type { LoadedRow, LoadReader } from '../../engines/load.ts';
import type { TableDefinition } from '../../engines/types/table.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { compareTable } from './compare.ts';

const table = (key: readonly string[]) =>
  ({
    schema: 's',
    name: 't',
    primaryKey: key.length === 0 ? null : { name: 'k', columns: key, deferrable: false, nullsEqual: false },
  }) as unknown as TableDefinition;

async function compared(source: readonly LoadedRow[], target: readonly LoadedRow[], key: readonly string[] = ['id']) {
  async function* batches(rows: readonly LoadedRow[]) {
    for (let at = 0; at < rows.length; at += 7) yield rows.slice(at, at + 7);
  }
  const reader = { read: () => batches(source) } as unknown as LoadReader;
  return await compareTable(reader, table(key), {
    columns: ['id', 'v'],
    expected: (row) => (row[1] === 'refused' ? new Rejection('not_carried', 'no') : row),
    rows: () => batches(target),
  });
}

const rows = Array.from({ length: 500 }, (_, id): LoadedRow => [String(id), `v${id}`]);

test('equal rows in another order have no difference', async () => {
  expect(await compared(rows, [...rows].reverse())).toMatchObject({ sourceRows: 500, targetRows: 500, differences: 0 });
});

test.each<[string, readonly LoadedRow[]]>([
  ['another value', rows.map((row) => (row[0] === '77' ? ['77', 'w77'] : row))],
  ['NULL for an empty text', rows.map((row) => (row[0] === '77' ? ['77', null] : row))],
  ['a missing row', rows.filter((row) => row[0] !== '77')],
  ['a surplus row', [...rows, ['77', 'v77']]],
])('%s is found and named', async (_, target) => {
  expect(await compared(rows, target)).toMatchObject({ differences: 1, examples: ['["77"]'] });
});

test('two rows that exchange their values are found', async () => {
  const swapped = rows.map((row): LoadedRow => (row[0] === '1' ? ['1', 'v2'] : row[0] === '2' ? ['2', 'v1'] : row));
  const found = await compared(rows, swapped);
  expect([...found.examples].sort()).toEqual(['["1"]', '["2"]']);
});

test('rows that the target cannot hold are counted, and rows without a key are compared as a multiset', async () => {
  expect(await compared([...rows, ['x', 'refused']], rows)).toMatchObject({ differences: 0, refused: 1 });
  const twice: readonly LoadedRow[] = [
    ['a', 'b'],
    ['a', 'b'],
    ['c', 'd'],
  ];
  expect(await compared(twice, twice, [])).toMatchObject({ differences: 0 });
  expect(await compared(twice, twice.slice(1), [])).toMatchObject({ differences: 1, examples: ['["a","b"]'] });
});
