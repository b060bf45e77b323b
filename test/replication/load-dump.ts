/** Loads a plain dump with its COPY blocks, like psql. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type pg from 'pg';
import { copyInto } from '../../engines/postgres/load/copy.ts';

/** Runs a dump, which is compressed with gzip where its name ends in `.gz`. */
export async function loadDump(client: pg.Client, path: string): Promise<void> {
  const file = readFileSync(path);
  const lines = (path.endsWith('.gz') ? gunzipSync(file) : file).toString('utf8').split('\n');
  let statements: string[] = [];
  const flush = async () => {
    const text = statements.join('\n');
    statements = [];
    if (text.trim() !== '') await client.query(text);
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    // Settings that current servers no longer have.
    if (/^SET (?:default_with_oids|standard_conforming_strings)/.test(line)) continue;
    // Commands of psql around newer dumps.
    if (/^\\(?:un)?restrict /.test(line)) continue;
    if (!/^COPY .* FROM stdin;$/.test(line)) {
      statements.push(line);
      continue;
    }
    await flush();
    const end = lines.indexOf('\\.', at);
    await copyInto(client, line.replace(/;$/, ''), [
      Buffer.from(
        lines
          .slice(at + 1, end)
          .map((row) => `${row}\n`)
          .join(''),
      ),
    ]);
    at = end;
  }
  await flush();
}
