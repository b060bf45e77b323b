/** Proves that the file of rules is read correctly, and that an invalid member is refused with its path. */
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../services/diagnose.ts';
import { isReplicated, isReplicatedAsIs, noRules, ruleOf } from './config.ts';
import { parseTransformConfig } from './parse-config.ts';

const secrets = { SLUICE_SALT: 'pepper', EMPTY: '' };
const parse = (rules: unknown) => parseTransformConfig(JSON.stringify(rules), secrets);
const table = (rule: object) => parse({ tables: [{ table: 'public.users', ...rule }] }).tables[0];

test('every member of the file is read', () => {
  expect(
    parse({
      include: ['public.*', { table: 'crm.*', optional: true }],
      exclude: ['public.audit_*'],
      tables: [
        {
          table: 'public.users',
          optional: true,
          rename: 'crm.people',
          where: { all: [{ column: 'country', in: ['NO', 'SE'] }, { not: { column: 'deleted', equals: true } }] },
          columns: {
            email: { hash: 'sha256', saltFrom: 'SLUICE_SALT', rename: 'email_hash' },
            phone: { mask: '***', optional: true },
            birthday: { mask: null },
            notes: 'drop',
            memo: { drop: true, optional: true },
            full_name: { rename: 'name' },
          },
        },
      ],
    }),
  ).toEqual({
    include: [
      { pattern: 'public.*', optional: false },
      { pattern: 'crm.*', optional: true },
    ],
    exclude: [{ pattern: 'public.audit_*', optional: false }],
    tables: [
      {
        optional: true,
        table: { schema: 'public', name: 'users' },
        target: { schema: 'crm', name: 'people' },
        where: {
          kind: 'all',
          of: [
            { kind: 'in', column: 'country', values: ['NO', 'SE'] },
            { kind: 'not', of: { kind: 'in', column: 'deleted', values: ['true'] } },
          ],
        },
        columns: [
          { column: 'email', target: 'email_hash', action: { kind: 'hash', salt: 'pepper' }, optional: false },
          { column: 'phone', target: 'phone', action: { kind: 'mask', text: '***' }, optional: true },
          { column: 'birthday', target: 'birthday', action: { kind: 'mask', text: null }, optional: false },
          { column: 'notes', target: 'notes', action: { kind: 'drop' }, optional: false },
          { column: 'memo', target: 'memo', action: { kind: 'drop' }, optional: true },
          { column: 'full_name', target: 'name', action: { kind: 'keep' }, optional: false },
        ],
      },
    ],
  });
});

test('an empty file replicates all tables unchanged, and a config survives structured cloning', () => {
  expect(parse({})).toEqual(noRules);
  const config = parse({ tables: [{ table: 'public.a', columns: { b: 'drop' } }] });
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

test('numbers keep their digits as written (rule 18)', () => {
  const text = '{"tables": [{"table": "a.b", "where": {"column": "c", "in": [9007199254740993, 1.50]}}]}';
  expect(parseTransformConfig(text, {}).tables[0]?.where).toMatchObject({ values: ['9007199254740993', '1.50'] });
});

test('every kind of condition is read', () => {
  const where = (condition: object) => table({ where: condition })?.where;
  expect(where({ column: 'a', notEquals: 'x' })).toEqual({
    kind: 'not',
    of: { kind: 'in', column: 'a', values: ['x'] },
  });
  expect(where({ column: 'a', notIn: ['x'] })).toEqual(where({ column: 'a', notEquals: 'x' }));
  expect(where({ column: 'a', isNull: true })).toEqual({ kind: 'null', column: 'a' });
  expect(where({ column: 'a', isNotNull: true })).toEqual({ kind: 'not', of: { kind: 'null', column: 'a' } });
  expect(where({ any: [{ column: 'a', equals: 'x' }] })).toMatchObject({ kind: 'any', of: [{ column: 'a' }] });
});

test.each([
  ['public.users', true],
  ['public.audit_log', false],
  ['crm.users', false],
  ['publicXusers', false],
  ['public.a.b', true],
  ['public.line\nbreak', true],
] as const)('include and exclude select tables by pattern: %j', (name, expected) => {
  const config = parse({ include: ['public.*'], exclude: ['*.audit_*'] });
  const [schema = '', ...rest] = name.split('.');
  expect(isReplicated(config, { schema, name: rest.join('.') })).toBe(expected);
});

test('characters of regular expressions have no special meaning in patterns', () => {
  const config = parse({ include: ['a.(x|y)+$*'] });
  expect(isReplicated(config, { schema: 'a', name: '(x|y)+$_1' })).toBe(true);
  expect(isReplicated(config, { schema: 'a', name: 'x' })).toBe(false);
});

test('the rule of a table is found by its name', () => {
  const config = parse({ tables: [{ table: 'public.users', rename: 'crm.people' }] });
  expect(ruleOf(config, { schema: 'public', name: 'users' })?.target).toEqual({ schema: 'crm', name: 'people' });
  expect(ruleOf(config, { schema: 'crm', name: 'people' })).toBeUndefined();
});

const users = (rule: object) => ({ tables: [{ table: 'public.users', ...rule }] });
const email = (rule: unknown) => users({ columns: { email: rule } });

describe('an invalid file is refused with the path of the error', () => {
  test.each<[rules: unknown, message: string]>([
    [[], 'the rules: expected an object, got a list'],
    [{ includes: [] }, "includes: unknown member, did you mean 'include'? known members: include, exclude, tables"],
    [{ include: [] }, 'include: with an empty list nothing is replicated'],
    [{ include: ['users'] }, "include[0]: 'users' has no schema: public.users"],
    [{ include: 'public.*' }, `include: expected a list of tables, such as ["public.*"], got 'public.*'`],
    [{ exclude: ['a.b', 1] }, 'exclude[1]: expected schema.table, * for any text, got 1'],
    [{ tables: [{}] }, 'tables[0]: table is required'],
    [{ tables: [{ table: 'public.users' }] }, 'tables[0]: expected rename, where or columns beside table'],
    [{ tables: [{ table: 'users', rename: 'a.b' }] }, "tables[0].table: expected schema.table, got 'users'"],
    [{ tables: [{ table: 'a.*', rename: 'a.b' }] }, "tables[0].table: a rule is for one table, 'a.*' may be several"],
    [
      { include: ['crm.*'], ...users({ columns: {} }) },
      'tables[0].table: public.users is not replicated, so it needs no',
    ],
    [{ exclude: ['*.users'], ...users({ columns: {} }) }, "it needs no rule: exclude has '*.users'"],
    [
      { tables: [users({ columns: {} }).tables[0], users({ rename: 'a.b' }).tables[0]] },
      'tables[1].table: tables[0] already has public.users',
    ],
    [
      { tables: ['a.x', 'a.y'].map((name) => ({ table: name, rename: 'b.z' })) },
      'tables[1].rename: tables[0] already has b.z',
    ],
    [
      users({ column: {} }),
      "tables[0].column: unknown member, did you mean 'columns'? known members: table, rename, where, columns",
    ],
    [email('dorp'), `tables[0].columns.email: expected "drop", {"mask": "***"}`],
    [email({}), `tables[0].columns.email: expected "drop"`],
    [email({ mask: 1 }), 'tables[0].columns.email.mask: expected a text or null, got 1'],
    [email({ masc: 'x' }), 'tables[0].columns.email.masc: unknown member'],
    [email({ hash: 'md5', saltFrom: 'SLUICE_SALT' }), "tables[0].columns.email.hash: expected 'sha256', got 'md5'"],
    [email({ hash: 'sha256' }), 'tables[0].columns.email: a hash needs "saltFrom"'],
    [email({ hash: 'sha256', saltFrom: 'NONE' }), 'columns.email.saltFrom: the environment variable NONE is not set'],
    [email({ hash: 'sha256', saltFrom: 'EMPTY' }), 'columns.email.saltFrom: the environment variable EMPTY is not set'],
    [email({ mask: 'x', saltFrom: 'A' }), 'tables[0].columns.email.saltFrom: only a hash has a salt'],
    [email({ mask: 'x', drop: true }), 'tables[0].columns.email: drop and mask: only one of them'],
    [email({ drop: false }), 'tables[0].columns.email.drop: expected true, got false'],
    [email({ drop: true, rename: 'x' }), 'tables[0].columns.email.rename: a column that is dropped has no name'],
    [email({ mask: 'x', optional: 'yes' }), "tables[0].columns.email.optional: expected true, got 'yes'"],
    [users({ columns: { 'e mail': '' } }), 'tables[0].columns["e mail"]: expected "drop"'],
    [users({ columns: { a: { rename: 'c' }, b: { rename: 'c' } } }), 'tables[0].columns.b: column a is also called c'],
    [users({ where: {} }), 'tables[0].where: expected a condition such as'],
    [users({ where: { column: 'a' } }), 'tables[0].where: expected one of equals, notEquals, in'],
    [users({ where: { column: 'a', like: 'x' } }), 'tables[0].where.like: unknown member'],
    [users({ where: { column: 'a', equals: 'x', in: ['y'] } }), 'tables[0].where: equals and in: use all or any'],
    [users({ where: { column: 'a', equals: null } }), 'tables[0].where.equals: null is not allowed here: use isNull'],
    [users({ where: { column: 'a', in: [] } }), 'tables[0].where.in: expected a list of values, got an empty one'],
    [users({ where: { column: 'a', isNull: false } }), 'tables[0].where.isNull: expected true, got false'],
    [users({ where: { all: [] } }), 'tables[0].where.all: expected a list of conditions, got an empty one'],
    [users({ where: { all: [{ column: 'a' }] } }), 'tables[0].where.all[0]: expected one of equals'],
    [users({ where: { not: { column: 'a', isNull: true }, column: 'a' } }), 'tables[0].where: not stands alone'],
  ])('the rules %j are refused', (rules, message) => {
    expect(() => parse(rules)).toThrow(message);
  });

  test.each([
    ['{', 'the rules: not JSON: it ends too early'],
    ['{} x', 'the rules: not JSON: expected the end at position 3'],
    ['{"tables": [], "tables": []}', 'tables: is given twice'],
    [
      '{"tables": [{"table": "a.b", "columns": {"email": "drop", "email": {"rename": "x"}}}]}',
      'tables[0].columns.email: is given twice',
    ],
    [`{"tables": ${'['.repeat(100_000)}`, 'nested more than 64 deep'],
  ])('the text %.60s is refused', (text, message) => {
    expect(() => parseTransformConfig(text, {})).toThrow(message);
  });

  test('the error is a usage error with exit code 2', () => {
    let error: unknown;
    try {
      parse(email({ hash: 'md5' }));
    } catch (thrown) {
      error = thrown;
    }
    expect(diagnose(error)).toMatchObject({ code: 'rules_invalid', kind: 'usage' });
  });
});

test('quotes distinguish names with dots, and patterns work with and without quotes', () => {
  const points = { schema: 'public', name: 'audit.log' };
  const rule = parse({ tables: [{ table: 'public."audit.log"', rename: '"a.b".c' }] }).tables[0];
  expect(rule).toMatchObject({ table: points, target: { schema: 'a.b', name: 'c' } });
  for (const exclude of ['public.audit.log', 'public."audit.log"', 'public.*'])
    expect(isReplicated(parse({ exclude: [exclude] }), points)).toBe(false);
  expect(() =>
    parse({
      tables: [
        { table: 'a.b.c', where: { column: 'c', isNull: true } },
        { table: 'a."b.c"', rename: 'd.e' },
      ],
    }),
  ).toThrow(/tables\[0\] already has/);
});

test('a table that is the target of a rename is not replicated as it is', () => {
  const config = parseTransformConfig('{"tables": [{"table": "public.users", "rename": "public.people"}]}', {});
  const asIs = (name: string) => isReplicatedAsIs(config, { schema: 'public', name });
  expect([asIs('users'), asIs('people'), asIs('other')]).toEqual([false, false, true]);
});
