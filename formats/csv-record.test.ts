/** Proves that CSV cells are read as they were written, and that a damaged record is rejected. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvCells } from './csv-record.ts';

describe('a CSV record', () => {
  test.each([
    ['1,Ann,ann@x.org', ['1', 'Ann', 'ann@x.org']],
    ['', ['']],
    [',', ['', '']],
    ['a,', ['a', '']],
    ['""', ['']],
    ['"",""', ['', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b"" c"', ['a "b" c']],
    ['""""', ['"']],
    ['"two\r\nlines",1', ['two\r\nlines', '1']],
    [' a , b ', [' a ', ' b ']],
    ['a"b,c', ['a"b', 'c']],
    ['\\N,\\"', ['\\N', '\\"']],
  ])('%j has the cells %j', (record, cells) => {
    expect(csvCells(record, ',')).toEqual(cells);
  });

  test.each([';', '\t', '|'])('may have %j as its delimiter', (delimiter) => {
    expect(csvCells(`1${delimiter}"a${delimiter}b"${delimiter}`, delimiter)).toEqual(['1', `a${delimiter}b`, '']);
  });

  test.each([
    ['1,"open', 'value 2 of the CSV record: its quote is never closed'],
    ['"', 'value 1 of the CSV record: its quote is never closed'],
    ['1,"a"b,c', 'value 2 of the CSV record: text follows its closing quote'],
    ['"a" ,b', 'value 1 of the CSV record: text follows its closing quote'],
  ])('%j is rejected, and the message names the value', (record, message) => {
    expect(csvCells(record, ',')).toMatchObject({ code: 'malformed_csv', message });
  });

  test('returns any cells as they were written, with or without quotes', () => {
    const written = (cell: string, always: boolean) =>
      always || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '😀') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, fc.boolean()), { minLength: 1 }), (cells) => {
        const record = cells.map(([text, always]) => written(text, always)).join(',');
        expect(csvCells(record, ',')).toEqual(cells.map(([text]) => text));
      }),
    );
  });
});
