/** Proves that the statements give older rows the values of the source, and labels the order of the source. */
import { expect, test } from 'vitest';
import type { Column } from './definition.ts';
import { addColumn, alterEnum, alterType } from './statements.ts';

const column = (more: Partial<Column>): Column => ({
  name: 'c',
  type: 'integer',
  baseType: more.type ?? 'integer',
  collation: null,
  notNull: false,
  expression: null,
  identity: null,
  generated: null,
  place: 2,
  missing: null,
  enum: null,
  domain: null,
  ...more,
});
const plain = (name: string): string => name;

test.each<[string, Partial<Column>, readonly string[]]>([
  ['no default', { notNull: true }, ['ALTER TABLE t ADD COLUMN c integer;']],
  [
    'a constant',
    { expression: '7', missing: '7', notNull: true },
    ['ALTER TABLE t ADD COLUMN c integer DEFAULT 7 NOT NULL;'],
  ],
  [
    'a text with a quote',
    { type: 'character varying(9)', expression: `'it''s'::character varying`, missing: "it's" },
    [`ALTER TABLE t ADD COLUMN c varchar(9) DEFAULT 'it''s'::character varying;`],
  ],
  [
    'another default since',
    { expression: '8', missing: '7' },
    [`ALTER TABLE t ADD COLUMN c integer DEFAULT '7'::integer;`, 'ALTER TABLE t ALTER COLUMN c SET DEFAULT 8;'],
  ],
  [
    'no default any more',
    { missing: '7' },
    [`ALTER TABLE t ADD COLUMN c integer DEFAULT '7'::integer;`, 'ALTER TABLE t ALTER COLUMN c DROP DEFAULT;'],
  ],
  ['a sequence', { expression: `nextval('s'::regclass)` }, ['ALTER TABLE t ADD COLUMN c integer;']],
  [
    'a generated column',
    { expression: '(a + 1)', generated: 's' },
    ['ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS ((a + 1)) STORED;'],
  ],
])('addColumn adds a column with %s', (_, more, statements) => {
  expect(addColumn('t', column(more), plain)).toEqual(statements);
});

test.each<[readonly string[], readonly string[], readonly string[]]>([
  [['a', 'c'], ['a', 'b', 'c'], [`ALTER TYPE e ADD VALUE 'b' BEFORE 'c';`]],
  [
    ['b'],
    ['a', 'x', 'b', 'z'],
    [`ALTER TYPE e ADD VALUE 'a' BEFORE 'b';`, `ALTER TYPE e ADD VALUE 'x' BEFORE 'b';`, `ALTER TYPE e ADD VALUE 'z';`],
  ],
  [['a', 'b', 'c'], ['a', "it's", 'c'], [`ALTER TYPE e RENAME VALUE 'b' TO 'it''s';`]],
  [
    ['a', 'b'],
    ['a', 'c', 'd'],
    [`ALTER TYPE e ADD VALUE 'c';`, `ALTER TYPE e ADD VALUE 'd';`],
  ],
])('alterEnum turns an enum of %j into an enum of %j', (has, wanted, statements) => {
  expect(alterEnum('e', has, wanted)).toEqual(statements);
});

test.each([
  ['integer', 'bigint', 'ALTER TABLE t ALTER COLUMN c TYPE bigint;'],
  ['integer', 'text', 'ALTER TABLE t ALTER COLUMN c TYPE text;'],
  ['text', 'integer', 'ALTER TABLE t ALTER COLUMN c TYPE integer USING c::text::integer;'],
  ['integer', 'integer[]', 'ALTER TABLE t ALTER COLUMN c TYPE integer[] USING c::text::integer[];'],
])('alterType turns %s into %s', (from, to, statement) => {
  expect(alterType('t', column({ type: from }), column({ type: to }), plain)).toBe(statement);
});
