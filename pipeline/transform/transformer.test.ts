/** Proves how the rules change events: which pass, in which form, and that hidden values are left nowhere. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainField } from '../../formats/debezium/connect-schema.ts';
import { type Cell, type Row, type RowEvent, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { parseTransformConfig } from './parse-config.ts';
import { transformer } from './transformer.ts';

const salt = 'a salt of some length';
const rules = (config: object) => transformer(parseTransformConfig(JSON.stringify(config), { SALT: salt }));
const onUsers = (rule: object) => rules({ tables: [{ table: 'public.users', ...rule }] });
const hashed = (text: string) => createHmac('sha256', salt).update(text).digest('hex');

const shape = (columns: readonly string[], more: Partial<RowShape> = {}): RowShape => ({
  columns,
  fields: null,
  unclearNulls: [],
  ...more,
});
const keyShape = shape(['id']);
const whole = shape(['id', 'email', 'country', 'notes']);
const row = (...cells: Cell[]): Row => ({ shape: whole, cells });
const ann = row('1', 'ann@x.no', 'NO', 'n');
const danish = row('1', 'ann@x.no', 'DK', 'n');

const change = (more: Partial<RowEvent>): RowEvent => ({
  kind: 'row',
  operation: 'update',
  table: { schema: 'public', name: 'users' },
  key: { shape: keyShape, cells: ['1'] },
  before: null,
  after: ann,
  movedFrom: null,
  position: { major: '1', minor: '77' },
  sourceTime: '1700000000000',
  snapshot: 'false',
  transaction: '5',
  ...more,
});

const asObject = (of: Row | null): { readonly [column: string]: Cell } | null =>
  of === null ? null : Object.fromEntries(of.shape.columns.map((name, i) => [name, of.cells[i] ?? null]));
const rowsOf = (event: ReturnType<ReturnType<typeof transformer>>) => {
  if (event === undefined || event instanceof Rejection) throw new Error(`no event: ${event?.message}`);
  return {
    operation: event.operation,
    key: asObject(event.key),
    before: asObject(event.before),
    after: asObject(event.after),
  };
};

describe('tables', () => {
  test('an event of a table without a rule passes as the same object', () => {
    const event = change({});
    expect(rules({})(event)).toBe(event);
    expect(onUsers({ columns: { email: 'drop' } })(change({ table: { schema: 'public', name: 'b' } }))).toMatchObject({
      after: ann,
    });
  });

  test('all events of an excluded or not included table are dropped, truncates too', () => {
    const filter = rules({ include: ['public.*'], exclude: ['public.u*'] });
    expect(filter(change({}))).toBeUndefined();
    expect(filter(change({ operation: 'truncate', key: null, after: null }))).toBeUndefined();
    expect(filter(change({ table: { schema: 'crm', name: 'x' } }))).toBeUndefined();
    expect(filter(change({ table: { schema: 'public', name: 'x' } }))).toBeDefined();
  });

  test('a renamed table has its new name in every event, truncates too', () => {
    const rename = onUsers({ rename: 'crm.people' });
    const truncate = change({ operation: 'truncate', key: null, after: null });
    for (const event of [change({}), truncate]) {
      expect(rename(event)).toEqual({ ...event, table: { schema: 'crm', name: 'people' } });
    }
  });

  test('two tables with the same target stop the pipeline', () => {
    const rename = onUsers({ rename: 'crm.people' });
    rename(change({}));
    rename(change({}));
    expect(() => rename(change({ table: { schema: 'crm', name: 'people' } }))).toThrow(
      'public.users and crm.people would both be written to crm.people',
    );
  });

  test('an event without a table is rejected, because its rule cannot be found', () => {
    expect(onUsers({ columns: { email: 'drop' } })(change({ table: null }))).toMatchObject({ code: 'missing_field' });
  });

  test('the cache is bounded and the rules still hold when there are very many tables', () => {
    const drop = onUsers({ columns: { email: 'drop' } });
    drop(change({}));
    for (let i = 0; i < 25_000; i += 1) drop(change({ table: { schema: 'public', name: `t${i}` } }));
    expect(rowsOf(drop(change({}))).after).not.toHaveProperty('email');
  });
});

describe('columns', () => {
  const hide = onUsers({
    columns: {
      email: { hash: 'sha256', saltFrom: 'SALT', rename: 'email_hash' },
      country: { mask: '**' },
      notes: 'drop',
    },
  });

  test('old rows and new rows get the same transformation, so no hidden value is left', () => {
    const out = rowsOf(hide(change({ before: row('1', 'old@x.no', 'SE', 'secret') })));
    expect(out).toEqual({
      operation: 'update',
      key: { id: '1' },
      before: { id: '1', email_hash: hashed('old@x.no'), country: '**' },
      after: { id: '1', email_hash: hashed('ann@x.no'), country: '**' },
    });
  });

  test('null stays null and unchanged stays unchanged', () => {
    expect(rowsOf(hide(change({ after: row('1', null, unchanged, null) }))).after).toEqual({
      id: '1',
      email_hash: null,
      country: unchanged,
    });
    expect(rowsOf(hide(change({ after: row('1', unchanged, null, unchanged) }))).after).toEqual({
      id: '1',
      email_hash: unchanged,
      country: null,
    });
  });

  test('position, time and transaction of the event stay the same', () => {
    const { position, sourceTime, snapshot, transaction } = change({});
    expect(hide(change({}))).toMatchObject({ position, sourceTime, snapshot, transaction });
  });

  test('a hashed key is hashed in key, rows and previous key, so that rows still match', () => {
    const hash = onUsers({ columns: { id: { hash: 'sha256', saltFrom: 'SALT' } } });
    const moved = hash(
      change({ operation: 'create', before: null, movedFrom: { shape: keyShape, cells: ['7'] } }),
    ) as RowEvent;
    expect([asObject(moved.key), asObject(moved.movedFrom), moved.after?.cells[0]]).toEqual([
      { id: hashed('1') },
      { id: hashed('7') },
      hashed('1'),
    ]);
    const gone = hash(change({ operation: 'delete', before: ann, after: null }));
    expect(rowsOf(gone)).toMatchObject({ key: { id: hashed('1') }, before: { id: hashed('1') } });
  });

  test('equal values have equal hashes in every table and for every type', () => {
    const columns = { email: { hash: 'sha256', saltFrom: 'SALT' } };
    const both = rules({ tables: ['public.users', 'public.orders'].map((table) => ({ table, columns })) });
    const [one, other] = ['users', 'orders'].map((name) => rowsOf(both(change({ table: { schema: 'public', name } }))));
    expect(one?.after?.email).toBe(other?.after?.email);
    expect(rowsOf(both(change({ after: row('1', true, null, null) }))).after?.email).toBe(hashed('true'));
  });

  test.each(['drop', { mask: '***' }, { mask: null }])(
    'a key column cannot be hidden: %j stops the pipeline',
    (rule) => {
      const wrong = onUsers({ columns: { id: rule } });
      expect(() => wrong(change({}))).toThrow('which is part of the key of public.users');
      // A table without a key has no key to hide.
      expect(wrong(change({ key: null, before: ann }))).toBeDefined();
    },
  );

  test('a rule for a column that the table lacks stops the pipeline, because it may be misspelled', () => {
    const wrong = onUsers({ columns: { emial: 'drop' } });
    expect(() => wrong(change({}))).toThrow('the rules name a column emial, but public.users has none');
    const optional = onUsers({ columns: { emial: { drop: true, optional: true } } });
    expect(rowsOf(optional(change({}))).after).toEqual(asObject(ann));
    // A delete may carry only its key.
    expect(wrong(change({ operation: 'delete', after: null }))).toBeDefined();
  });

  test('two columns with one name stop the pipeline, unless the other one is dropped', () => {
    const wrong = onUsers({ columns: { email: { rename: 'notes' } } });
    expect(() => wrong(change({}))).toThrow('two columns would be called notes');
    const swapped = onUsers({ columns: { email: { rename: 'notes' }, notes: 'drop' } });
    expect(rowsOf(swapped(change({}))).after).toEqual({ id: '1', notes: 'ann@x.no', country: 'NO' });
  });

  test('the shape describes the transformed columns, and is one object for all rows of one source shape', () => {
    const described = shape(['id', 'a', 'b', 'c', 'd'], {
      fields: [
        plainField('id', 'int64', { optional: false }),
        plainField('a', 'int32', { optional: false, default: '5', parameters: new Map([['x', 'y']]) }),
        plainField('b', 'array'),
        plainField('c', 'array'),
        plainField('d', 'array', { optional: false }),
      ],
      unclearNulls: [2, 3, 4],
    });
    const of = onUsers({
      columns: { a: { hash: 'sha256', saltFrom: 'SALT' }, b: 'drop', c: { mask: null }, d: { rename: 'e' } },
    });
    const [one, , two] = [described, { ...described }, described].map(
      (as) => of(change({ after: { shape: as, cells: ['1', '5', '{}', '{}', null] } })) as RowEvent,
    );
    expect(one?.after).toEqual({
      cells: ['1', hashed('5'), null, null],
      shape: {
        columns: ['id', 'a', 'c', 'e'],
        fields: [
          described.fields?.[0],
          plainField('a', 'string', {
            optional: false,
            parameters: new Map([['__debezium.source.column.type', 'TEXT']]),
          }),
          plainField('c', 'array'),
          plainField('e', 'array', { optional: false }),
        ],
        unclearNulls: [3],
      },
    });
    expect(two?.after?.shape).toBe(one?.after?.shape);
  });
});

describe('row filter', () => {
  const nordic = onUsers({ where: { column: 'country', in: ['NO', 'SE'] } });
  const keyless = (more: Partial<RowEvent>) => nordic(change({ key: null, ...more }));

  test('a matching row passes unchanged', () => {
    for (const operation of ['create', 'read', 'update'] as const) {
      const event = change({ operation });
      expect(nordic(event)).toEqual(event);
    }
  });

  test('an update after which the row no longer matches deletes it by its key, at the same position', () => {
    const out = nordic(change({ before: ann, after: danish }));
    expect(out).toEqual(change({ operation: 'delete', before: ann, after: null, leftOut: true }));
  });

  test('a snapshot row that does not match deletes it, because it may have matched before', () => {
    expect(nordic(change({ operation: 'read', after: danish }))).toMatchObject({ operation: 'delete', after: null });
  });

  test('a created row that does not match is dropped', () => {
    expect(nordic(change({ operation: 'create', after: danish }))).toBeUndefined();
  });

  test('a delete passes independent of its old row, and so does a truncate', () => {
    for (const more of [
      { operation: 'delete', before: danish, after: null },
      { operation: 'truncate', key: null, after: null },
    ] as const) {
      expect(nordic(change(more))).toEqual(change(more));
    }
  });

  test('an unchanged value is taken from the old row; without it the event is rejected (rule 10)', () => {
    const after = row('1', 'new', unchanged, 'n');
    expect(rowsOf(nordic(change({ before: ann, after }))).operation).toBe('update');
    expect(rowsOf(nordic(change({ before: danish, after }))).operation).toBe('delete');
    for (const before of [null, row('1', null, null, null), row('1', null, unchanged, null)]) {
      expect(nordic(change({ before, after }))).toMatchObject({ code: 'not_carried', field: 'country' });
    }
  });

  test('an unchanged value that cannot change the result is not needed', () => {
    const either = onUsers({
      where: {
        any: [
          { column: 'notes', equals: 'x' },
          { column: 'country', equals: 'NO' },
        ],
      },
    });
    expect(rowsOf(either(change({ after: row('1', 'a', 'NO', unchanged) }))).operation).toBe('update');
    expect(either(change({ after: row('1', 'a', 'DK', unchanged) }))).toMatchObject({ field: 'notes' });
  });

  test('the filter tests the values of the source, not the transformed ones', () => {
    const masked = onUsers({ where: { column: 'country', equals: 'NO' }, columns: { country: { mask: '*' } } });
    expect(rowsOf(masked(change({}))).after).toMatchObject({ country: '*' });
    expect(rowsOf(masked(change({ before: ann, after: danish })))).toMatchObject({
      operation: 'delete',
      before: { country: '*' },
    });
  });

  test('a column that the table lacks stops the pipeline', () => {
    expect(() => onUsers({ where: { column: 'contry', equals: 'NO' } })(change({}))).toThrow('a column contry');
  });

  test.each<[before: Row, after: Row | null, expected: string | undefined]>([
    [ann, ann, 'update'],
    [ann, danish, 'delete'],
    [danish, ann, 'create'],
    [danish, danish, undefined],
    [ann, null, 'delete'],
    [danish, null, undefined],
  ])('without a key the old row also decides: case %#', (before, after, expected) => {
    const out = keyless({ operation: after === null ? 'delete' : 'update', before, after });
    expect(out === undefined ? undefined : rowsOf(out)).toEqual(
      expected === undefined
        ? undefined
        : {
            operation: expected,
            key: null,
            before: expected === 'create' ? null : asObject(before),
            after: expected === 'delete' ? null : asObject(after),
          },
    );
  });

  test('without a key and the old row an update is rejected, and inserts pass', () => {
    expect(keyless({ before: null })).toMatchObject({ code: 'not_carried' });
    expect(keyless({ operation: 'delete', after: null })).toMatchObject({ code: 'not_carried' });
    expect(rowsOf(keyless({ operation: 'create' })).operation).toBe('create');
    expect(keyless({ operation: 'read', after: danish })).toBeUndefined();
  });

  test.each<[condition: object, cell: Cell, matches: boolean]>([
    [{ equals: 'x' }, 'x', true],
    [{ equals: 'x' }, 'X', false],
    [{ equals: 'x' }, null, false],
    [{ notEquals: 'x' }, null, true],
    [{ notEquals: 'x' }, 'x', false],
    [{ notIn: ['x', 'y'] }, 'z', true],
    [{ equals: true }, true, true],
    [{ equals: 'true' }, true, true],
    [{ equals: false }, true, false],
    [{ equals: 5 }, '5', true],
    [{ equals: 5 }, '5.0', false],
    [{ isNull: true }, null, true],
    [{ isNull: true }, '', false],
    [{ isNotNull: true }, '', true],
  ])('the condition %j on the value %j gives %j', (condition, cell, matches) => {
    const filter = onUsers({ where: { column: 'notes', ...condition } });
    expect(filter(change({ operation: 'create', after: row('1', null, null, cell) })) !== undefined).toBe(matches);
  });

  test('after any history the target holds exactly the matching rows of the source', () => {
    const ids = ['1', '2', '3'];
    const step = fc.record({
      id: fc.constantFrom(...ids),
      country: fc.constantFrom('NO', 'SE', 'DK', null),
      kind: fc.constantFrom('write', 'delete', 'snapshot'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const source = new Map<string, string | null>();
        const target = new Map<string, Cell>();
        const send = (operation: RowEvent['operation'], id: string, country: string | null) => {
          const key = { shape: keyShape, cells: [id] };
          const out = nordic(
            change({ operation, key, after: operation === 'delete' ? null : row(id, '', country, '') }),
          );
          if (out === undefined) return;
          const { operation: done, after } = rowsOf(out);
          if (done === 'delete') target.delete(id);
          else target.set(id, after?.country ?? null);
        };
        for (const { id, country, kind } of steps) {
          if (kind === 'write') {
            send(source.has(id) ? 'update' : 'create', id, country);
            source.set(id, country);
          } else if (kind === 'delete' && source.delete(id)) send('delete', id, null);
          else if (kind === 'snapshot') for (const [there, of] of source) send('read', there, of);
        }
        expect(target).toEqual(new Map([...source].filter(([, of]) => of === 'NO' || of === 'SE')));
      }),
    );
  });
});
