import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces } from '../../../../test/pieces.ts';
import { CopyDataSplitter } from './copy-data.ts';

/** The rows and the rest of a text that arrives in these pieces; `rest` is null if the marker does not come. */
function read(pieces: readonly string[]) {
  const data = new CopyDataSplitter();
  let rows = '';
  for (const [index, piece] of pieces.entries()) {
    const found = data.push(Buffer.from(piece, 'latin1'));
    rows += found.rows.toString('latin1');
    if (found.rest === undefined) continue;
    return { rows, rest: found.rest.toString('latin1') + pieces.slice(index + 1).join(''), lines: data.lines };
  }
  const last = data.finish();
  return { rows: rows + (last?.toString('latin1') ?? ''), rest: last === undefined ? null : '', lines: data.lines };
}

test.each([
  ['no rows', '\\.\nselect 1', '', 'select 1', 1],
  ['rows', 'a\tb\nc\td\n\\.\nselect 1', 'a\tb\nc\td\n', 'select 1', 3],
  ['line ends of Windows', 'a\r\nb\r\n\\.\r\nselect 1', 'a\r\nb\r\n', 'select 1', 3],
  ['a row that only begins like the marker', '\\.a\n\\..\n\\\\.\n\\.\n', '\\.a\n\\..\n\\\\.\n', '', 4],
  ['the marker behind a value', 'a\\.\nb\t\\.\n\\.\n', 'a\\.\nb\t\\.\n', '', 3],
  ['empty rows', '\n\n\\.\n\n', '\n\n', '\n', 3],
  ['a marker without line end at the end of the file', 'a\n\\.', 'a\n', '', 2],
  ['a marker and half a line end of Windows at the end', 'a\n\\.\r', 'a\n', '', 2],
  ['only a marker, without line end', '\\.', '', '', 1],
])('the rows of COPY end at the marker: %s', (_, text, rows, rest, lines) => {
  expect(read([text])).toEqual({ rows, rest, lines });
  expect(read([...text])).toEqual({ rows, rest, lines });
});

test.each(['', 'a\n', 'a\n\\', 'a\n\\x', 'a\\.\n', '\\.a'])('rows %j have no end', (text) => {
  expect(read([text]).rest).toBe(null);
  expect(read([...text]).rest).toBe(null);
});

test('rows are the same, whatever pieces they arrive in', () => {
  const texts = fc
    .array(fc.constantFrom('a', '\\', '\\.', '.', '\n', '\r\n', '\\.\n', '\t', '\\\\'), { maxLength: 30 })
    .map((parts) => parts.join(''));
  const property = fc.property(texts, fc.array(fc.nat(4), { maxLength: 30 }), (text, sizes) => {
    expect(read(inPieces(text, sizes))).toEqual(read([text]));
  });
  fc.assert(property, { numRuns: 2000 });
});
