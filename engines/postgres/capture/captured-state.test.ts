/** Proves that every cause of missing changes is reported as a fault, and that ordinary operation is not. */
import { expect, test } from 'vitest';
import { acceptedSetting } from './accepted.ts';
import { type CapturedState, capturedNames, faultsOf } from './captured-state.ts';
import { type CapturedTable, capturedSetting, type NotedTables, noteTables } from './captured-tables.ts';
import { type NotedPublication, publicationSetting } from './publication-state.ts';

const table = (oid: number, more: Partial<CapturedTable> = {}): CapturedTable => ({
  oid,
  identity: 'default',
  key: 'id',
  partitions: {},
  ...more,
});
const published = { link: 70, rowFilter: null, withoutColumns: [] };
const whole = { altered: '700', withoutOperations: [], viaRoot: true };

const configOf = (noted: NotedTables) => ({ [capturedSetting]: JSON.stringify(noted) });

const stateOf = (tables: CapturedState['tables'], more: Partial<CapturedState> = {}): CapturedState => ({
  publication: {
    ...whole,
    tables: Object.fromEntries(Object.keys(tables).map((name) => [name, published])),
  },
  tables,
  names: Object.fromEntries(Object.entries(tables).map(([name, { oid }]) => [oid, name])),
  attached: [],
  rewritten: {},
  ...more,
});

const faults = (noted: NotedTables, state: CapturedState) => [...faultsOf(configOf(noted), state)];

test('unchanged tables and new partitions have no fault', () => {
  const parts = { 'public.p1': [5, 50], 'public.p2': [6, 60] } as const;
  const noted = { 'public.a': table(1), 'public.p': table(2, { partitions: parts }) };
  const grown = table(2, { partitions: { ...parts, 'public.p3': [7, 70] } });
  expect(faults(noted, stateOf(noted))).toEqual([]);
  expect(faults(noted, stateOf({ ...noted, 'public.p': grown }))).toEqual([]);
});

const one: NotedTables = { 'public.a': table(1) };

test.each<[string, NotedTables, CapturedState, RegExp]>([
  ['dropped', one, stateOf({}), /^public\.a is gone from the source/],
  [
    'renamed',
    one,
    stateOf({}, { names: { 1: 'public.b' } }),
    /^public\.a is public\.b in the source now.*--tables 'public\.b'/,
  ],
  ['made again', one, stateOf({ 'public.a': table(9) }, { names: { 9: 'public.a' } }), /was dropped and created again/],
  [
    'exchanged',
    one,
    stateOf({ 'public.a': table(9) }, { names: { 1: 'public.old', 9: 'public.a' } }),
    /the former is public\.old now/,
  ],
  ['without a publication', one, stateOf(one, { publication: undefined }), /has no publication dbz_publication/],
  ['out of the publication', one, stateOf(one, { publication: { ...whole, tables: {} } }), /is not in the publication/],
  [
    'without deletes',
    one,
    stateOf(one, { publication: { ...whole, withoutOperations: ['delete'], tables: { 'public.a': published } } }),
    /does not publish delete.*SET \(publish/,
  ],
  [
    'filtered',
    one,
    stateOf(one, {
      publication: {
        ...whole,
        tables: { 'public.a': { ...published, rowFilter: '(id > 1)' } },
      },
    }),
    /only rows of public\.a with \(id > 1\)/,
  ],
  [
    'narrowed',
    one,
    stateOf(one, {
      publication: {
        ...whole,
        tables: { 'public.a': { ...published, withoutColumns: ['v'] } },
      },
    }),
    /does not send v of public\.a/,
  ],
  [
    'with another key',
    one,
    stateOf({ 'public.a': table(1, { key: 'v' }) }),
    /primary key of public\.a was \(id\) and is \(v\)/,
  ],
  [
    'with an index as identity',
    one,
    stateOf({ 'public.a': table(1, { identity: 'index v' }) }),
    /REPLICA IDENTITY DEFAULT;/,
  ],
  [
    'with unread rows',
    { 'public.a': table(1, {}), 'public.b': { ...table(2), gap: 'unread' } },
    stateOf({ 'public.a': table(1), 'public.b': table(2) }),
    /connector snapshot --tables 'public\.b'/,
  ],
])('a table that is %s has one fault', (_, noted, state, says) => {
  const [fault, ...more] = faults(noted, state);
  expect(fault).toMatch(says);
  expect(more).toEqual([]);
});

test.each<[string, NotedPublication, readonly RegExp[]]>([
  ['never altered', { altered: '700', viaRoot: true, links: { 'public.a': 70, 'public.b': 70 } }, []],
  ['without a table that came later', { altered: '700', viaRoot: true, links: { 'public.a': 70 } }, []],
  [
    'altered and put back',
    { altered: '699', viaRoot: true, links: { 'public.a': 70, 'public.b': 70 } },
    [/^the publication dbz_publication was altered/],
  ],
  [
    'without a table for a while',
    { altered: '700', viaRoot: true, links: { 'public.a': 70, 'public.b': 69 } },
    [/^public\.b had left the publication/],
  ],
])('a complete publication that was %s has the expected faults', (_, noted, says) => {
  const tables = { 'public.a': table(1), 'public.b': table(2) };
  const config = { ...configOf(tables), [publicationSetting]: JSON.stringify(noted) };
  const found = [...faultsOf(config, stateOf(tables))];
  expect(found).toEqual(says.map((one) => expect.stringMatching(one)));
  for (const fault of found) expect(fault).toContain('Take a new copy');
});

test('accepted risks, a change to publishing by roots, and tables that are not followed are no faults', () => {
  const tables = { 'public.a': table(1), 'public.b': table(2) };
  const noted = { altered: '699', viaRoot: false, links: { 'public.a': 70, 'public.b': 70 } };
  const config = { ...configOf(tables), [publicationSetting]: JSON.stringify(noted) };
  expect([...faultsOf(config, stateOf(tables))]).toEqual([]);
  const narrow = stateOf(tables, {
    publication: {
      ...whole,
      withoutOperations: ['delete'],
      tables: { 'public.a': { ...published, rowFilter: '(id > 1)' }, 'public.b': published },
    },
  });
  expect([...faultsOf(config, narrow)]).toHaveLength(2);
  const risks = ['publication_operations', 'publication_row_filter'].map((check) => ({ check, what: '' }));
  expect([...faultsOf({ ...config, [acceptedSetting]: JSON.stringify(risks) }, narrow)]).toEqual([]);
  const gone = stateOf({ 'public.a': table(1) });
  expect([...faultsOf(config, gone)]).toHaveLength(1);
  expect([...faultsOf(config, gone, ['public.a'])]).toEqual([]);
});

test.each<[string, CapturedTable['partitions'], Partial<CapturedState>, RegExp]>([
  ['dropped', { 'public.p2': [6, 60] }, {}, /public\.p1 of public\.p was dropped/],
  ['detached', { 'public.p2': [6, 60] }, { names: { 5: 'public.p1' } }, /public\.p1 of public\.p was detached/],
  [
    'attached',
    { 'public.p1': [5, 50], 'public.p2': [6, 60], 'public.p3': [7, 70] },
    { attached: [7] },
    /public\.p3 was attached/,
  ],
  ['truncated', { 'public.p1': [5, 51], 'public.p2': [6, 60] }, {}, /files of public\.p1 have changed/],
])('a partition that is %s has one fault', (_, partitions, more, says) => {
  const noted = { 'public.p': table(2, { partitions: { 'public.p1': [5, 50], 'public.p2': [6, 60] } }) };
  const found = faults(noted, stateOf({ 'public.p': table(2, { partitions }) }, more));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(says);
});

test('a TRUNCATE of the root is no fault, because it is captured', () => {
  const noted = { 'public.p': table(2, { partitions: { 'public.p1': [5, 50], 'public.p2': [6, 60] } }) };
  const emptied = table(2, { partitions: { 'public.p1': [5, 51], 'public.p2': [6, 61] } });
  expect(faults(noted, stateOf({ 'public.p': emptied }, { rewritten: { 5: '800', 6: '800' } }))).toEqual([]);
  const [fault] = faults(noted, stateOf({ 'public.p': emptied }, { rewritten: { 5: '800', 6: '801' } }));
  expect(fault).toMatch(/^the files of public\.p1, public\.p2 have changed/);
});

test('noteTables keeps what is stored of changed partitions, except of those that were corrected', () => {
  const noting = { isInterrupted: () => false, wantsRows: true, corrected: [] };
  const before = {
    ...table(1),
    partitions: { 'public.gone': [4, 1], 'public.p': [5, 7], 'public.q': [6, 8] },
  } as const;
  const now = { ...table(1), partitions: { 'public.p': [5, 70], 'public.q': [6, 80] } } as const;
  const config = configOf(noteTables(undefined, { 'public.a': before }, { ...noting, keepsPartitions: () => false }));
  const note = (keeps: boolean, corrected: readonly string[]) =>
    noteTables(config, { 'public.a': now }, { ...noting, keepsPartitions: () => keeps, corrected })['public.a'];
  expect(note(true, [])).toEqual(before);
  expect(note(false, [])).toEqual(now);
  expect(note(true, ['public.gone'])?.partitions).toEqual({ 'public.p': [5, 7], 'public.q': [6, 8] });
  expect(note(true, ['public.gone', 'public.q'])?.partitions).toEqual({ 'public.p': [5, 7], 'public.q': [6, 80] });
});

test('noteTables marks tables that miss rows or changes', () => {
  const usual = { isInterrupted: () => false, wantsRows: true, keepsPartitions: () => false, corrected: [] };
  const first = noteTables(undefined, { 'public.a': table(1) }, usual);
  expect(first).toEqual({ 'public.a': table(1) });
  const config = configOf(first);
  const added = noteTables(config, { 'public.a': table(1), 'public.b': table(2) }, usual);
  expect(added['public.b']?.gap).toBe('unread');
  expect(noteTables(config, { 'public.b': table(2) }, { ...usual, wantsRows: false })['public.b']?.gap).toBeUndefined();
  expect(noteTables(config, { 'public.a': table(9) }, usual)['public.a']?.gap).toBe('interrupted');
  expect(noteTables(config, { 'public.a': table(1) }, { ...usual, isInterrupted: () => true })['public.a']?.gap).toBe(
    'interrupted',
  );
  const left = noteTables(config, {}, usual);
  expect(capturedNames(configOf(left))).toEqual([]);
  expect(noteTables(configOf(left), { 'public.a': table(1) }, usual)['public.a']?.gap).toBe('interrupted');
  // Rows stay unread until they are read.
  expect(noteTables(configOf(added), { 'public.a': table(1), 'public.b': table(2) }, usual)).toEqual(added);
});
