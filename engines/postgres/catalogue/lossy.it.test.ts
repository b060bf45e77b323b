/** Proves that narrower columns accept only values that fit exactly, and refuse others as data errors (promise 7). */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePostgres, type FreshDatabase, freshDatabase } from '../../../test/context.ts';
import { exactly, lossy } from './lossy.ts';

const none = undefined;

/** Target type, source type, values that fit (with the stored text where that differs), and values that do not fit. */
const cases: readonly (readonly [
  target: string,
  source: string | undefined,
  fits: readonly (string | readonly [value: string, stored: string])[],
  refused: readonly string[],
])[] = [
  [
    'numeric(12,2)',
    'numeric',
    [['1', '1.00'], '1.25', ['1.250', '1.25'], 'NaN', ['1e2', '100.00']],
    ['1.255', '0.001', 'Infinity', '1e10'],
  ],
  ['numeric(12,2)', 'numeric(10,3)', ['-1.20'], ['-1.201']],
  ['numeric(12,2)', none, ['0.00'], ['0.005']],
  ['numeric(3,-2)', 'numeric', ['12300', '0', 'NaN'], ['12345', '50', '0.1', '1230000']],
  ['numeric(3,-2)', 'integer', ['100'], ['101']],
  ['numeric(3,5)', 'numeric', ['0.00123'], ['0.001234', '0.01']],
  ['numeric(12,2)', 'double precision', [['0.5', '0.50'], 'NaN'], ['0.125', '-Infinity']],
  ['integer', 'numeric', ['7'], ['1.5', '1e10', 'NaN']],
  ['smallint', 'double precision', ['7'], ['1.5', '40000']],
  ['money', 'numeric', [['1.25', '$1.25']], ['1.255']],
  [
    'real',
    'double precision',
    ['0.5', '16777216', 'NaN', 'Infinity', '-Infinity', '0'].map(float),
    ['0.1', '16777217', '1e300', '1e-300'],
  ],
  ['real', 'numeric', ['0.1', '-1.5'], ['0.123456789', '16777217']],
  ['real', 'integer', [['16777216', '1.6777216e+07']], ['16777217']],
  ['double precision', 'numeric', ['0.1', '123456.789', 'NaN', '-Infinity'], ['0.12345678901234567890', '1e400']],
  ['double precision', 'bigint', [['9007199254740991', '9.007199254740991e+15']], ['9007199254740993']],
  [
    'timestamp(3) without time zone',
    'timestamp without time zone',
    ['2024-01-01 00:00:00.123', 'infinity', '-infinity'],
    ['2024-01-01 00:00:00.1234', '2024-01-01 00:00:00.9999'],
  ],
  ['timestamp(0) without time zone', none, ['0044-03-15 00:00:00 BC'], ['2024-01-01 00:00:00.5']],
  [
    'timestamp(3) with time zone',
    'timestamp with time zone',
    [['2024-01-01T00:00:00.123000Z', '2024-01-01 00:00:00.123+00'], 'infinity'],
    ['2024-01-01T00:00:00.123456Z'],
  ],
  ['time(3) without time zone', 'time without time zone', ['23:59:59.999', '24:00:00'], ['23:59:59.9999']],
  ['time(0) with time zone', 'time with time zone', [['10:34:56Z', '10:34:56+00']], ['10:34:56.7Z']],
  ['time without time zone', 'timestamp without time zone', [], ['2024-01-01 10:00:00']],
  ['date', 'timestamp without time zone', [['2024-01-01 00:00:00', '2024-01-01'], 'infinity'], ['2024-01-01 00:00:01']],
  ['date', 'timestamp with time zone', [['2024-01-01 00:00:00+00', '2024-01-01']], ['2024-01-01 00:00:00+01']],
  ['interval(0)', 'interval', ['1 mon', ['P1Y2M3DT4H5M6S', '1 year 2 mons 3 days 04:05:06']], ['1.5 s', '23:59:59.9']],
  ['interval day', 'interval', ['1 day', '1 mon'], ['1 day 01:00:00', '1 day 24:00:00', '1 day -24:00:00']],
  ['interval year to month', 'interval', ['1 year 1 mon'], ['30 days', '1 mon -30 days']],
  ['character varying(3)', 'text', ['abc', 'ab ', '', 'äöü'], ['abcd', 'ab  ']],
  ['character varying(3)', none, ['abc'], ['abc ']],
  [
    'character(5)',
    'character(9)',
    [
      ['ab   ', 'ab'],
      ['ab       ', 'ab'],
    ],
    ['abcdef'],
  ],
  [
    'character(5)',
    'character varying',
    [
      ['abcde', 'abcde'],
      ['ab', 'ab'],
    ],
    ['ab ', 'abcdef'],
  ],
  ['character(5)', none, [['ab   ', 'ab']], ['abcdef']],
  ['name', 'text', ['a'.repeat(63)], ['a'.repeat(64), 'ä'.repeat(32)]],
  ['"char"', 'text', ['a'], ['ab']],
  ['bit(3)', 'bit varying', ['101'], ['10', '1010', '']],
  ['bit varying(3)', 'bit varying', ['101', ''], ['1010']],
  [
    'numeric(10,2)[]',
    'numeric[]',
    [['{1.5,NULL,NaN}', '{1.50,NULL,NaN}'], '{}', ['{{1},{2}}', '{{1.00},{2.00}}']],
    ['{1.5,1.555}'],
  ],
  [
    'timestamp(0) without time zone[]',
    'timestamp without time zone[]',
    [['{2024-01-01 00:00:00,NULL}', '{"2024-01-01 00:00:00",NULL}']],
    ['{2024-01-01 00:00:00.5}'],
  ],
  ['character varying(3)[]', 'text[]', ['{abc,NULL}'], ['{abcd}', '{"ab  "}']],
  ['real[]', 'double precision[]', ['{0.5,NULL}'], ['{0.1}']],
  ['real[]', 'numeric[]', ['{0.1,NULL}'], ['{0.123456789}']],
  ['interval(0)[]', 'interval[]', [['{1 day}', '{"1 day"}']], ['{1.5 s}']],
];

/** The server's text for a float. */
function float(text: string): string | readonly [string, string] {
  return text === '16777216' ? [text, '1.6777216e+07'] : text;
}

describePostgres('a narrower column', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase('lossy');
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.each(cases)('of type %s accepts only values of %s that fit exactly', async (type, source, fits, refused) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const column = { name: `it's "odd\\`, baseType: type };
      expect(lossy(column, source)).toBe(true);
      await client.query(`
        set timezone = 'UTC';
        create temporary table target (v ${type});
        create temporary table incoming (v text);
        create temporary view typed as select ${exactly(column, 'v', source)} as v from incoming`);
      const assign = async (value: string | null) => {
        await client.query('truncate incoming, target');
        await client.query('insert into incoming values ($1)', [value]);
        await client.query('insert into target (v) select v from typed');
        return (await client.query<{ v: string | null }>('select v::text from target')).rows[0]?.v;
      };
      for (const one of fits) {
        const [value, stored] = typeof one === 'string' ? [one, one] : one;
        expect(await assign(value), value).toBe(stored);
      }
      for (const value of refused) {
        await expect(assign(value), value).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
      }
      expect(await assign(null)).toBeNull();
    } finally {
      await client.end();
    }
  });

  test('names the column and the first 60 characters of a value that does not fit', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const query = `select ${exactly({ name: 'place', baseType: 'character varying(3)' }, 'v', 'text')} from (select repeat('long ', $1) as v) x`;
      await expect(client.query(query, [1])).rejects.toThrow(
        '"long  does not fit place character varying(3) without loss"',
      );
      await expect(client.query(query, [1000])).rejects.toThrow(/"(?:long ){12} does not fit place/);
    } finally {
      await client.end();
    }
  });
});
