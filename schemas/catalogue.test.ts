/** Proves which differences between a database and its migrations are reported, and which changes a user is allowed to make. */
import { expect, test } from 'vitest';
import { describeStep, differences, expectedCatalogue, relations } from './catalogue.ts';
import { addedColumns, migrations } from './migrations.ts';

const all = migrations().map(({ version }) => version);
const expected = expectedCatalogue(all);

/** The expected catalogue with some objects replaced or removed. */
const changed = (changes: { readonly [object: string]: string | null }) => {
  const found = new Map(expected);
  for (const [object, definition] of Object.entries(changes)) {
    if (definition === null) found.delete(object);
    else found.set(object, definition);
  }
  return differences(expected, found).map(({ object }) => object);
};

test('every migration has a section in the file, and a later one replaces the objects of an earlier one', () => {
  expect(relations()).toEqual(expect.arrayContaining(['sluice.checkpoint', 'users_enriched', 'user_analytics']));
  const order = 'constraint sluice.target.target_order_by_check';
  expect(expectedCatalogue([1]).get(order)).not.toContain('lsn');
  expect(expectedCatalogue([1, 4, 5]).get(order)).toContain('lsn');
  expect(expectedCatalogue([1, 4, 5]).has('table users_enriched')).toBe(false);
});

test('a database with the expected objects has no differences', () => {
  expect(changed({})).toEqual([]);
});

test.each<[what: string, object: string, definition: string | null]>([
  ['a column that is missing', 'column sluice.checkpoint.snapshot_lsn', null],
  ['a column of another type', 'column sluice.checkpoint.generation', 'bigint default 0 not null'],
  ['an extra column in the schema sluice', 'column sluice.checkpoint.held_from', 'bigint'],
  ['a constraint that is missing', 'constraint sluice.checkpoint.record_counts_balance', null],
  ['a column of users_enriched that is missing', 'column users_enriched.phone_e164', null],
  ['a narrower text column', 'column users_enriched.email', 'character varying(100)'],
  ['a text column that became a number', 'column users_enriched.phone', 'bigint'],
  [
    'an extra column of users_enriched that is NOT NULL without a default',
    'column users_enriched.tenant',
    'integer not null',
  ],
])('%s is a difference', (_, object, definition) => {
  expect(changed({ [object]: definition })).toEqual([object]);
});

test.each<[what: string, object: string, definition: string]>([
  ['a wider text column', 'column users_enriched.email', 'character varying(500)'],
  ['a text column without a limit', 'column users_enriched.email', 'text'],
  ['an extra column', 'column users_enriched.score', 'integer'],
  ['an extra column with a default', 'column users_enriched.score', 'integer default 0 not null'],
  ['an extra constraint', 'constraint users_enriched.positive', 'CHECK ((id > 0))'],
])('%s in users_enriched is no difference', (_, object, definition) => {
  expect(changed({ [object]: definition })).toEqual([]);
});

test('a missing table is one difference, and its columns are not listed', () => {
  const objects = [...expected.keys()].filter((object) => object.includes('sluice.deferred_row'));
  expect(objects.length).toBeGreaterThan(10);
  expect(changed(Object.fromEntries(objects.map((object) => [object, null])))).toEqual(['table sluice.deferred_row']);
});

test('a section lists new, changed and removed objects, sorted by name', () => {
  const before = new Map([
    ['table t', ''],
    ['column t.a', 'text'],
    ['column t.b', 'text'],
  ]);
  const after = new Map([
    ['table t', ''],
    ['column t.c', 'bigint'],
    ['column t.b', 'integer'],
  ]);
  expect(describeStep('8 name', before, after)).toBe(
    '# 8 name\n- column t.a\n+ column t.b: integer\n+ column t.c: bigint\n',
  );
});

test('the catalogue has exactly the columns that migrations add to users_enriched', () => {
  const [created, ...later] = migrations().filter(({ part }) => part === 'users');
  expect(created?.name).toBe('users_enriched');
  for (const { version } of later) {
    const inCatalogue = [...expectedCatalogue([version])].flatMap(([object, definition]) => {
      const name = /^column users_enriched\.(.+)$/.exec(object)?.[1];
      return name === undefined ? [] : [`${name} ${definition}`];
    });
    const declared = (addedColumns.get(version) ?? []).map(
      ({ name, type }) => `${name} ${type.replace(/^varchar/, 'character varying')}`,
    );
    expect(declared.sort()).toEqual(inCatalogue.sort());
  }
  expect(addedColumns.size).toBeGreaterThan(0);
});
