import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packZstd } from '../../../../adapters/kafka/codec/zstd.ts';
import { describePostgres, freshDatabase } from '../../../../test/context.ts';
import { type DumpProgress, loadDump } from './load-dump.ts';
import { openDump, unzstd } from './unpack.ts';

/** A dump with what pg_dump writes around the tables, and with values that look like syntax. */
const dump = String.raw`--
-- PostgreSQL database dump
--
\restrict w9bYQ
SET statement_timeout = 0;
SET parameter_of_another_version = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE DATABASE elsewhere;
\connect elsewhere
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO nobody_here;
CREATE FUNCTION public.twice(a integer) RETURNS integer
    LANGUAGE plpgsql AS $_$
BEGIN
  RETURN 2 * a; -- '; $$
END;
$_$;
CREATE FUNCTION public.thrice(a integer) RETURNS integer BEGIN ATOMIC SELECT CASE WHEN true THEN 3 * a END; END;
CREATE TABLE public.odd (id integer NOT NULL, value text, CONSTRAINT odd_check CHECK ((value <> ';'::text)));
CREATE TABLE public."Empty ;" (a integer);
COMMENT ON TABLE public.odd IS 'it''s; "odd"';
COPY public.odd (id, value) FROM stdin;
1	\\.
2	\N
3	tab\t line\n return\r back\\slash
4	$$ -- '; \\connect
5	日本 ä 😀
\.
COPY public."Empty ;" (a) FROM stdin;
\.
INSERT INTO public.odd VALUES (6, 'a;b'), (7, E'it\'s;');
SET standard_conforming_strings = off;
SET escape_string_warning = off;
INSERT INTO public.odd VALUES (8, 'it\'s;');
ALTER TABLE ONLY public.odd ADD CONSTRAINT odd_pkey PRIMARY KEY (id);
ALTER TABLE public.odd OWNER TO nobody_here;
GRANT ALL ON TABLE public.odd TO nobody_here;
--
-- PostgreSQL database dump complete
--

\unrestrict w9bYQ`;

const values = [
  '\\.',
  null,
  'tab\t line\n return\r back\\slash',
  "$$ -- '; \\connect",
  '日本 ä 😀',
  'a;b',
  "it's;",
  "it's;",
];

describePostgres('a dump', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-dump-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function file(name: string, content: string | Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  /** Loads a dump into a new database, and then runs `look` in the same session. */
  async function loaded<T>(
    path: string,
    look: (client: pg.Client, load: ReturnType<typeof loadDump>, seen: readonly DumpProgress[]) => Promise<T>,
  ): Promise<T> {
    await using database = await freshDatabase('dump');
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      const seen: DumpProgress[] = [];
      return await look(
        client,
        loadDump(client, path, (progress) => seen.push(progress)),
        seen,
      );
    } finally {
      await client.end();
    }
  }

  const problemOf = (path: string) =>
    loaded(path, (_, load) =>
      expect(load)
        .rejects.toThrow()
        .then(() => load.catch((error) => error)),
    );

  test.each([
    ['plain', 'odd.sql', async () => Buffer.from(dump)],
    [
      'with line ends of Windows, whose rows have them, too',
      'crlf.sql',
      async () => Buffer.from(dump.replaceAll('\n', '\r\n')),
    ],
    ['packed with gzip', 'odd.sql.gz', async () => gzipSync(dump)],
    ['packed with zstd', 'odd.sql.zst', async () => packZstd(Buffer.from(dump))],
  ])('is loaded whole: %s', async (_, name, make) => {
    await loaded(await file(name, await make()), async (client, load, seen) => {
      const summary = await load;
      expect([...summary.tables]).toEqual([
        ['public.odd', 8],
        ['public."Empty ;"', 0],
      ]);
      expect(summary).toMatchObject({
        rows: 8,
        skipped: { owners: 3, databases: 1, psql: 3 },
        unknownParameters: ['parameter_of_another_version'],
        mayBeCut: false,
      });
      // Without a schema in the name: the search path of the dump is gone.
      const { rows } = await client.query('select value, twice(id), thrice(id) from odd order by id');
      expect(rows.map(({ value }) => value)).toEqual(values);
      expect(rows[1]).toMatchObject({ twice: 4, thrice: 6 });
      const { rows: settings } = await client.query('show standard_conforming_strings');
      expect(settings).toEqual([{ standard_conforming_strings: 'on' }]);
      expect(seen.some(({ table }) => table === 'public.odd')).toBe(true);
      expect(seen.at(-1)).toMatchObject({ rows: 8, table: null });
      expect(seen.at(-1)?.bytesRead).toBe(seen.at(-1)?.bytes);
    });
  });

  test('stops at the first error, with the line and the start of the statement, and keeps what was before', async () => {
    const path = await file(
      'error.sql',
      'create table a (i int);\n\n-- next\ncreate table b (\n  i int,\n  j nonsense\n);\nselect 1;\n',
    );
    await loaded(path, async (client, load) => {
      await expect(load).rejects.toThrow(
        `${path}, line 6: type "nonsense" does not exist [42704], in: create table b ( i int, j nonsense )`,
      );
      expect((await client.query('select to_regclass($1) as a', ['a'])).rows).toEqual([{ a: 'a' }]);
    });
  });

  test('that ends between two statements may have been cut, and says so', async () => {
    const path = await file('cut.sql', dump.slice(0, dump.indexOf('GRANT ALL')));
    expect(await loaded(path, (_, load) => load)).toMatchObject({ rows: 8, mayBeCut: true });
    const script = await file('script.sql', 'select 1;');
    expect(await loaded(script, (_, load) => load)).toMatchObject({ statements: 1, mayBeCut: false });
  });

  test('names the line of the row that COPY refuses, and leaves the session usable', async () => {
    const rows = Array.from({ length: 500_000 }, (_, index) => `${index === 41_234 ? 'x' : index}\n`).join('');
    const path = await file('row.sql', `begin;\ncreate table a (i int);\ncopy a from stdin;\n${rows}\\.\n`);
    await loaded(path, async (client, load) => {
      await expect(load).rejects.toThrow(
        `${path}, line ${4 + 41_234}: invalid input syntax for type integer: "x" [22P02]`,
      );
      expect((await client.query('select to_regclass($1) as a', ['a'])).rows).toEqual([{ a: null }]);
    });
  });

  test('names the COPY statement that the server refuses, however many rows follow', async () => {
    const path = await file('no-table.sql', `\n\ncopy nowhere (i) from stdin;\n${'1\n'.repeat(1_000_000)}\\.\n`);
    await loaded(path, async (_, load) => {
      await expect(load).rejects.toThrow(
        `${path}, line 3: relation "nowhere" does not exist [42P01], in: copy nowhere (i) from stdin`,
      );
    });
  });

  test.each([
    [
      'of several databases',
      '\\connect a\nselect 1;\n\\connect b\n',
      ', line 3: the dump holds several databases: a and b',
    ],
    ['in another encoding', "set client_encoding = 'LATIN1';\n", ', line 1: the text of the dump is in LATIN1'],
    ['that includes a file', 'select 1;\n\\i other.sql\n', ', line 2: \\i other.sql is a command of psql'],
    [
      'that was cut',
      'create table a (i int);\ncopy a from stdin;\n1\n',
      ', line 2: the file ends within the rows of COPY',
    ],
    ['in the custom format', 'PGDMP\u0001', ': it is a dump in the custom format; expected plain SQL'],
    ['of damaged gzip', gzipSync('x'.repeat(10_000)).subarray(0, 25), ': it cannot be unpacked with gzip'],
  ])('%s is refused', async (title, content, problem) => {
    const path = await file(`${title}.sql`, content);
    await expect(problemOf(path)).resolves.toMatchObject({
      name: 'DumpError',
      message: expect.stringContaining(path + problem),
    });
  });

  test.each([1, 4, 100, 6000])('of zstd that lacks its last %i bytes is refused', async (missing) => {
    const packed = await packZstd(
      Buffer.from(Array.from({ length: 10_000 }, (_, index) => `select ${index};\n`).join('')),
    );
    const path = await file(`cut-${missing}.zst`, packed.subarray(0, packed.length - missing));
    await expect(problemOf(path)).resolves.toMatchObject({
      message: expect.stringContaining('cannot be unpacked with zstd'),
    });
  });

  test('of zstd is unpacked the same by the library for older versions of Node, in several frames', async () => {
    const text = Buffer.from(Array.from({ length: 60_000 }, (_, index) => `${index * 7919}\t${index}\n`).join(''));
    const skippable = Buffer.from('502a4d1804000000feedbeef', 'hex');
    const frames = [skippable, await packZstd(text), skippable, await packZstd(Buffer.from(dump))];
    const path = await file('frames.zst', Buffer.concat(frames));
    const collect = async (pieces: AsyncIterable<Buffer>) => {
      const all: Buffer[] = [];
      for await (const piece of pieces) all.push(piece);
      return Buffer.concat(all).toString();
    };
    async function* packed() {
      const content = await readFile(path);
      for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
    }
    expect(await collect(unzstd(packed()))).toBe(text + dump);
    expect(await collect((await openDump(path)).text)).toBe(text + dump);
  });
});
