import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces } from '../../../../test/pieces.ts';
import { DumpReader } from './dump-reader.ts';
import { policyOf } from './policy.ts';

type Read = { readonly line: number; readonly text: string; readonly rows?: string };

async function readAll(text: Buffer, sizes: readonly number[] = []): Promise<Read[]> {
  async function* pieces() {
    // Characters of Latin-1 are bytes.
    for (const piece of inPieces(text.toString('latin1'), sizes)) yield Buffer.from(piece, 'latin1');
  }
  const reader = new DumpReader('test.sql', pieces());
  const found: Read[] = [];
  for (let part = await reader.next(); part !== undefined; part = await reader.next()) {
    const { line } = part;
    const text = part.text.slice(part.contentStart);
    if (policyOf(part).kind !== 'copy') found.push({ line, text });
    else {
      const chunks: Buffer[] = [];
      for await (const rows of reader.copyData()) chunks.push(rows);
      found.push({ line, text, rows: Buffer.concat(chunks).toString() });
    }
  }
  return found;
}

const dump = `\ufeff-- Dump ä;
\\restrict abc
SET client_encoding = 'UTF8';
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $_$
BEGIN RETURN $$;ä$$; END;
$_$;
COPY "Ä b" (a, b) FROM stdin;
1\tä\\\\.
\\.1\t;
\\.

-- ; 日本
COPY c FROM stdin;
\\.
SELECT 'ä;日本';
\\unrestrict abc
`;

const expected: Read[] = [
  { line: 2, text: '\\restrict abc' },
  { line: 3, text: "SET client_encoding = 'UTF8'" },
  { line: 4, text: 'CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $_$\nBEGIN RETURN $$;ä$$; END;\n$_$' },
  { line: 7, text: 'COPY "Ä b" (a, b) FROM stdin', rows: '1\tä\\\\.\n\\.1\t;\n' },
  { line: 13, text: 'COPY c FROM stdin', rows: '' },
  { line: 15, text: "SELECT 'ä;日本'" },
  { line: 16, text: '\\unrestrict abc' },
];

test('a dump is read into statements, rows and commands of psql, with their lines', async () => {
  expect(await readAll(Buffer.from(dump))).toEqual(expected);
});

test('a dump is read the same, whatever pieces it arrives in, also in the middle of a character', async () => {
  const text = Buffer.from(dump.replace('\ufeff', ''));
  const property = fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 60 }), async (sizes) => {
    expect(await readAll(text, sizes)).toEqual(expected);
  });
  await fc.assert(property, { numRuns: 300 });
});

test('a dump with line ends of Windows is read with the same lines', async () => {
  const found = await readAll(Buffer.from(dump.replaceAll('\n', '\r\n')));
  expect(found.map(({ line }) => line)).toEqual(expected.map(({ line }) => line));
  expect(found[3]?.rows).toBe('1\tä\\\\.\r\n\\.1\t;\r\n');
});

test('a file that ends within the rows of COPY is refused with the line of COPY', async () => {
  const cut = Buffer.from(dump.slice(0, dump.indexOf('\\.1\t;')));
  await expect(readAll(cut)).rejects.toThrow('test.sql, line 7: the file ends within the rows of COPY');
});

test('text between COPY and its rows is refused', async () => {
  await expect(readAll(Buffer.from('COPY t FROM stdin; select 1;\n\\.\n'))).rejects.toThrow(
    'line 1: "select 1;" stands between COPY and its rows',
  );
});
