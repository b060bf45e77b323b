/** Proves that rules that match no table or column are refused before anything is read, and that matching rules pass. */
import { describe, expect, test } from 'vitest';
import { ruleFaults } from '../../pipeline/transform/check-rules.ts';
import { parseTransformConfig } from '../../pipeline/transform/parse-config.ts';
import { tablesRead } from './known-tables.ts';

const described = (name: string, more: object = {}) => ({
  schema: 'public',
  name,
  columns: ['id', 'email', 'country'],
  key: ['id'],
  published: true,
  partitionOf: null,
  ...more,
});
const source = [
  described('customers'),
  described('Order Items'),
  described('people', { schema: 'crm' }),
  described('drafts', { published: false }),
  described('visits_2024', { published: false, partitionOf: 'public.visits' }),
];
const topics = ['cdc.public.customers', 'cdc.public.Order_Items'];
const pattern = /^cdc\.public\..*/;
const withSource = tablesRead(topics, pattern, source);
const byTopics = tablesRead(topics, pattern, []);

const faults = (rules: object, known = withSource) =>
  ruleFaults(parseTransformConfig(JSON.stringify(rules), { SALT: 'x' }), known).map(
    ({ code, message }) => `${code}: ${message}`,
  );
const onTable = (table: string, rule: object = { columns: { email: 'drop' } }) => ({ tables: [{ table, ...rule }] });

describe('a table', () => {
  test.each([
    ['misspelt', 'public.customer', "did you mean 'public.customers'"],
    ['in other capitals', 'public.Customers', "did you mean 'public.customers'"],
    ['in another schema', 'sales.customers', 'no table sales.customers is read'],
    ['that is not captured', 'public.drafts', 'no publication of the source has it'],
    ['whose topic is not read', 'crm.people', '--topics ^cdc\\.public\\..* does not read it'],
    ['that is a partition', 'public.visits_2024', 'is a partition of public.visits'],
  ])('%s is reported as a fault', (_, table, why) => {
    expect(faults(onTable(table))).toEqual([expect.stringContaining(why)]);
    expect(faults({ ...onTable(table), tables: [{ ...onTable(table).tables[0], optional: true }] })).toEqual([]);
  });

  test('is found by its topic alone, where some characters are written as _', () => {
    expect(faults(onTable('public.Order Items'), byTopics)).toEqual([]);
    expect(faults(onTable('public.customers'), byTopics)).toEqual([]);
    expect(faults(onTable('cdc.public'), byTopics)).toHaveLength(1);
    expect(faults(onTable('public.customer'), byTopics)).toEqual([expect.stringContaining('did you mean')]);
  });

  test('may have no topic yet if the topic pattern matches it', () => {
    const later = tablesRead(topics, pattern, [...source, described('later')]);
    expect(faults(onTable('public.later'), later)).toEqual([]);
    expect(faults(onTable('public.later'), tablesRead([], pattern, [described('later')]))).toEqual([]);
  });

  test('that is the target of two tables is reported as a fault', () => {
    const rename = onTable('public.customers', { rename: 'public.Order Items' });
    expect(faults(rename)).toEqual([expect.stringMatching(/^rule_name_taken/)]);
  });
});

describe('a pattern', () => {
  test.each([
    ['include', 'sales.*'],
    ['include', 'public.Customers*'],
    ['include', 'crm.*'],
    ['exclude', 'public.audit_*'],
    ['exclude', 'public.customer'],
  ])('%s %s that matches no table is reported as a fault, unless it is optional', (list, table) => {
    const others = list === 'include' ? ['public.*'] : [];
    expect(faults({ [list]: [...others, table] })).toEqual([expect.stringMatching(/^rule_table_missing/)]);
    expect(faults({ [list]: [...others, { table, optional: true }] })).toEqual([]);
  });

  test.each(['*', 'public.*', 'public.Order Items', '*.customers', 'public.cust*s'])(
    '%s is accepted if it matches a table',
    (table) => {
      expect(faults({ include: [table] })).toEqual([]);
      expect(faults({ include: [table] }, byTopics)).toEqual([]);
    },
  );

  test('that leaves out every table is reported as a fault', () => {
    expect(faults({ exclude: ['public.*'] })).toEqual([expect.stringContaining('leave out every table')]);
  });
});

describe('a column', () => {
  test.each([
    ['dropped', { columns: { emial: 'drop' } }],
    ['masked', { columns: { Email: { mask: '***' } } }],
    ['hashed', { columns: { mail_: { hash: 'sha256', saltFrom: 'SALT' } } }],
    ['renamed', { columns: { emails: { rename: 'mail' } } }],
    ['used by where', { where: { not: { column: 'contry', equals: 'NO' } } }],
  ])('that is %s and does not exist is reported as a fault', (_, rule) => {
    expect(faults(onTable('public.customers', rule))).toEqual([
      expect.stringMatching(/^rule_column_missing.*did you mean/),
    ]);
  });

  test('may be absent if it is optional, or if the source is unknown', () => {
    const rule = { columns: { notes: { drop: true, optional: true } } };
    expect(faults(onTable('public.customers', rule))).toEqual([]);
    expect(faults(onTable('public.customers', { columns: { notes: 'drop' } }), byTopics)).toEqual([]);
  });

  test('of the key may not be masked, and no target name may be used twice', () => {
    expect(faults(onTable('public.customers', { columns: { id: { mask: '1' } } }))).toEqual([
      expect.stringMatching(/^rule_hides_key/),
    ]);
    expect(faults(onTable('public.customers', { columns: { email: { rename: 'country' } } }))).toEqual([
      expect.stringMatching(/^rule_name_taken/),
    ]);
  });
});

test('all faults are reported at once', () => {
  const rules = {
    exclude: ['public.x'],
    tables: [onTable('a.b').tables[0], onTable('public.customers', { columns: { x1: 'drop', x2: 'drop' } }).tables[0]],
  };
  expect(faults(rules)).toHaveLength(4);
});
