/** Proves on a real server which errors of class 42 are caused by a value, and which by the tables. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { describePostgres, freshDatabase } from '../../test/context.ts';
import { isOfValue, wordsOf } from './value-errors.ts';

const ddl = `
  create extension hstore;
  create domain dh as hstore;
  create function broken() returns trigger language plpgsql as 'begin perform 1 from gone; return new; end';
  create table triggered (v regclass); create trigger t before insert on triggered for each row execute function broken();
  create function looks(v text) returns boolean language plpgsql as 'begin return exists (select from gone); end';
  create table checked (v text check (looks(v)));
  create table plain (v text);
  create table texts (t text);
  insert into texts values ('x')`;

/** Statements that fail because of a value. The value comes from a table, so that the planner cannot evaluate it in advance. */
const ofValue: readonly string[] = [
  `select '{"q":null}'::text::dh where now() is not null`,
  `select ('no_' || t)::regclass from texts`,
  `select ('no_' || t)::regtype from texts`,
  `select ('no_' || t || '()')::regprocedure from texts`,
  `select ('no_' || t)::regrole from texts`,
  `select ('no_' || t)::regnamespace from texts`,
  `select ('no_' || t)::regconfig from texts`,
  `select ('$' || t || '[')::jsonpath from texts`,
  `select (t || '&')::tsquery from texts`,
  `select (repeat('[', 100000) || t)::json from texts`,
];

/** Statements that fail because of a definition. */
const ofTables: readonly string[] = [
  'select * from gone',
  'insert into plain (w) select t from texts',
  'select nothing(t) from texts',
  'select t::gone from texts',
  'select t + 1 from texts',
  `select '$'::jsonpath = '$'::jsonpath`,
  'insert into plain select t from texts on conflict (v) do nothing',
  `insert into triggered select 'plain'`,
  `insert into checked select t from texts`,
];

describePostgres('an error of a merge', () => {
  test('is attributed to a value or to the tables', async () => {
    await using database = await freshDatabase('value_errors');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(ddl);
      const verdicts: unknown[] = [];
      for (const sql of [...ofValue, ...ofTables]) {
        const error = await client.query(sql).then(
          () => 'no error',
          (raised: unknown) => raised,
        );
        verdicts.push([sql, isOfValue(error)]);
      }
      expect(verdicts).toEqual([...ofValue.map((sql) => [sql, true]), ...ofTables.map((sql) => [sql, false])]);
    } finally {
      await client.end();
    }
  });
});

test('wordsOf extracts a raised sentence from messages in any language', () => {
  const sentence = '1.2345 does not fit n numeric(6,2) without loss';
  expect(wordsOf(`invalid input syntax for type boolean: "${sentence}"`)).toBe(sentence);
  expect(wordsOf(`ungültige Eingabesyntax für Typ boolean: »${sentence}«`)).toBe(sentence);
  expect(wordsOf('invalid input syntax for type boolean: "x"')).toBe('invalid input syntax for type boolean: "x"');
});
