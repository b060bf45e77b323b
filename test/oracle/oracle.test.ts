/**
 * The oracle judges the pipeline, so it is tested itself: against rows that a person worked out, and by breaking each of its rules
 * to prove that the workload detects it.
 */
import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { comparedColumns, diffRows, expectedDeadLetters, expectedParked, origin, selectActualRows } from './compare.ts';
import { type ExactJson, NumberLiteral, readExactJson } from './exact-json.ts';
import { awkwardTexts, emailCases, emailFacts } from './hand-tables.ts';
import { malformedKinds } from './malformed.ts';
import {
  type ExpectedRow,
  expectedCheckpoints,
  expectedRows,
  type Rules,
  readEvent,
  soundRules,
  utcText,
  wholeRow,
} from './oracle.ts';
import { makeWorkload, type OracleRecord } from './workload.ts';

/** Valid records of one partition, from their JSON texts; null is a tombstone. */
const topic = (...values: (string | null)[]): OracleRecord[] =>
  values.map((value, offset) => ({
    partition: 0,
    offset: String(offset),
    key: Buffer.from('key'),
    value: value === null ? null : Buffer.from(value),
    malformed: null,
  }));

/** The row of an event that has only id, operation and sequence. */
const bare: Omit<ExpectedRow, 'id' | 'cdc_operation'> = {
  first_name: null,
  last_name: null,
  email: null,
  email_domain: null,
  phone: null,
  address: null,
  city: null,
  state: null,
  country: null,
  postal_code: null,
  created_at: null,
  updated_at: null,
  source_system: null,
  full_name: null,
  email_category: 'unknown',
  inferred_country: null,
  is_valid_email_flag: false,
  normalized_email: null,
};

/** A case: its subject, the records, and the rows worked out by hand. */
type HandChecked = readonly [about: string, records: (string | null)[], rows: ExpectedRow[]];

const handChecked: readonly HandChecked[] = [
  [
    'a whole event, every column',
    [
      '{"id":1,"first_name":"Anna","last_name":"Schmidt","email":"Klaus.Weber7@SIEMENS.COM","phone":"+49 89 23300","address":"Marienplatz 8","city":"M\u00fcnchen","state":"Bayern","country":"Deutschland","postal_code":"80331","created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-16T11:31:01.25Z","source_system":"legacy_system","cdc_operation":"INSERT","cdc_timestamp":"2024-01-15T10:30:00Z","cdc_sequence":1234,"cdc_source":"legacy_database"}',
    ],
    [
      {
        id: '1',
        first_name: 'Anna',
        last_name: 'Schmidt',
        email: 'Klaus.Weber7@SIEMENS.COM',
        email_domain: 'siemens.com',
        phone: '+49 89 23300',
        address: 'Marienplatz 8',
        city: 'M\u00fcnchen',
        state: 'Bayern',
        country: 'Deutschland',
        postal_code: '80331',
        created_at: '2024-01-15 10:30:00',
        updated_at: '2024-01-16 11:31:01.25',
        source_system: 'legacy_system',
        cdc_operation: 'INSERT',
        full_name: 'Anna Schmidt',
        email_category: 'corporate',
        inferred_country: 'DE',
        is_valid_email_flag: true,
        normalized_email: 'klaus.weber7@siemens.com',
      },
    ],
  ],
  [
    'an update is the whole row: what it leaves out becomes null',
    [
      '{"id":2,"first_name":"Old","city":"Berlin","country":"Germany","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":2,"last_name":"New","cdc_operation":"UPDATE","cdc_sequence":2}',
    ],
    [{ ...bare, id: '2', last_name: 'New', full_name: 'New', cdc_operation: 'UPDATE' }],
  ],
  [
    'a delete that carries the row keeps it',
    [
      '{"id":3,"first_name":"Li","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":3,"first_name":"Li","country":"UK","cdc_operation":"DELETE","cdc_sequence":2}',
    ],
    [
      {
        ...bare,
        id: '3',
        first_name: 'Li',
        full_name: 'Li',
        country: 'UK',
        inferred_country: 'GB',
        cdc_operation: 'DELETE',
      },
    ],
  ],
  [
    'a delete that carries only the id leaves a row of nulls',
    [
      '{"id":4,"first_name":"Li","email":"li1@outlook.com","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":4,"cdc_operation":"DELETE","cdc_sequence":2}',
    ],
    [{ ...bare, id: '4', cdc_operation: 'DELETE' }],
  ],
  [
    'a delete of an unknown id makes a deleted row',
    ['{"id":5,"cdc_operation":"DELETE","cdc_sequence":9}'],
    [{ ...bare, id: '5', cdc_operation: 'DELETE' }],
  ],
  [
    'a deleted user may come back',
    [
      '{"id":6,"cdc_operation":"DELETE","cdc_sequence":1}',
      '{"id":6,"first_name":"Back","cdc_operation":"INSERT","cdc_sequence":2}',
    ],
    [{ ...bare, id: '6', first_name: 'Back', full_name: 'Back', cdc_operation: 'INSERT' }],
  ],
  [
    'an older event that comes after the delete changes nothing',
    [
      '{"id":7,"cdc_operation":"DELETE","cdc_sequence":20}',
      '{"id":7,"first_name":"Late","cdc_operation":"INSERT","cdc_sequence":5}',
    ],
    [{ ...bare, id: '7', cdc_operation: 'DELETE' }],
  ],
  [
    'the first of two equal sequences stands',
    [
      '{"id":8,"first_name":"First","cdc_operation":"INSERT","cdc_sequence":5}',
      '{"id":8,"first_name":"Second","cdc_operation":"UPDATE","cdc_sequence":5}',
    ],
    [{ ...bare, id: '8', first_name: 'First', full_name: 'First', cdc_operation: 'INSERT' }],
  ],
  [
    'sequences are numbers, not texts: 10 is above 9',
    [
      '{"id":9,"city":null,"first_name":"Ten","cdc_operation":"UPDATE","cdc_sequence":10}',
      '{"id":9,"first_name":"Nine","cdc_operation":"INSERT","cdc_sequence":"9"}',
    ],
    [{ ...bare, id: '9', first_name: 'Ten', full_name: 'Ten', cdc_operation: 'UPDATE' }],
  ],
  [
    'sequences beyond 2^53 that a double cannot tell apart',
    [
      '{"id":10,"first_name":"992","cdc_operation":"INSERT","cdc_sequence":9007199254740992}',
      '{"id":10,"first_name":"993","cdc_operation":"UPDATE","cdc_sequence":9007199254740993}',
    ],
    [{ ...bare, id: '10', first_name: '993', full_name: '993', cdc_operation: 'UPDATE' }],
  ],
  [
    'negative sequences',
    [
      '{"id":11,"first_name":"minus one","cdc_operation":"UPDATE","cdc_sequence":-1}',
      '{"id":11,"first_name":"minus two","cdc_operation":"INSERT","cdc_sequence":-2}',
    ],
    [{ ...bare, id: '11', first_name: 'minus one', full_name: 'minus one', cdc_operation: 'UPDATE' }],
  ],
  [
    'ids beyond 2^53, as numbers and as text; decoys of the id inside',
    [
      '{"x":{"id":1},"id":9007199254740993,"first_name":"a","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":9007199254740992,"address":"\\"id\\":3","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":"9007199254740993","first_name":"b","cdc_operation":"UPDATE","cdc_sequence":2}',
      '{"id":9223372036854775807,"cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":-9223372036854775808,"cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      { ...bare, id: '9007199254740993', first_name: 'b', full_name: 'b', cdc_operation: 'UPDATE' },
      { ...bare, id: '9007199254740992', address: '"id":3', cdc_operation: 'INSERT' },
      { ...bare, id: '9223372036854775807', cdc_operation: 'INSERT' },
      { ...bare, id: '-9223372036854775808', cdc_operation: 'INSERT' },
    ],
  ],
  ['a tombstone writes nothing', [null], []],
  [
    'a tombstone after an event removes nothing',
    ['{"id":12,"first_name":"Stays","cdc_operation":"INSERT","cdc_sequence":1}', null],
    [{ ...bare, id: '12', first_name: 'Stays', full_name: 'Stays', cdc_operation: 'INSERT' }],
  ],
  [
    'unknown fields are ignored, whatever their names',
    [
      '{"id":13,"ID":14,"First_Name":"decoy","__proto__":{"city":"decoy"},"tags":[1.5e3,[],{}],"cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [{ ...bare, id: '13', cdc_operation: 'INSERT' }],
  ],
  [
    'texts that COPY would read as its own are kept as they are',
    [
      '{"id":14,"address":"\\\\N","city":"\\\\.","state":"a\\tb\\nc\\r\\nd","source_system":"ends \\\\","country":"Japan","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '14',
        address: '\\N',
        city: '\\.',
        state: 'a\tb\nc\r\nd',
        source_system: 'ends \\',
        country: 'Japan',
        inferred_country: 'JP',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'emoji, combining marks, right-to-left: not normalised, not stripped',
    [
      '{"id":15,"first_name":"\\ud83d\\ude00","last_name":"\u05d3\u05d5\u05d3","address":"e\\u0301 \\ufffd \\u200f\\/","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '15',
        first_name: '\u{1f600}',
        last_name: '\u05d3\u05d5\u05d3',
        full_name: '\u{1f600} \u05d3\u05d5\u05d3',
        address: 'e\u0301 \ufffd \u200f/',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'an empty text is not null, and blank names make no full name',
    ['{"id":16,"first_name":"","last_name":"   ","address":"","cdc_operation":"INSERT","cdc_sequence":1}'],
    [{ ...bare, id: '16', first_name: '', last_name: '   ', address: '', cdc_operation: 'INSERT' }],
  ],
  [
    'white space in names is collapsed in the full name only',
    ['{"id":17,"first_name":"  Ana\\tMaria ","last_name":"de  la\\nCruz","cdc_operation":"INSERT","cdc_sequence":1}'],
    [
      {
        ...bare,
        id: '17',
        first_name: '  Ana\tMaria ',
        last_name: 'de  la\nCruz',
        full_name: 'Ana Maria de la Cruz',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'a full name of 201 code points does not fit and is null; each name of 100 fits',
    [
      `{"id":18,"first_name":"${'\u{1f600}'.repeat(100)}","last_name":"${'n'.repeat(100)}","cdc_operation":"INSERT","cdc_sequence":1}`,
      `{"id":19,"first_name":"${'\u{1f600}'.repeat(100)}","last_name":"${'n'.repeat(99)}","cdc_operation":"INSERT","cdc_sequence":1}`,
    ],
    [
      {
        ...bare,
        id: '18',
        first_name: '\u{1f600}'.repeat(100),
        last_name: 'n'.repeat(100),
        full_name: null,
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '19',
        first_name: '\u{1f600}'.repeat(100),
        last_name: 'n'.repeat(99),
        full_name: `${'\u{1f600}'.repeat(100)} ${'n'.repeat(99)}`,
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'offsets are converted to UTC, fractions keep their microseconds without trailing zeros',
    [
      '{"id":20,"created_at":"2024-01-15T00:30:00.120000+02:00","updated_at":"2024-02-29T23:59:59.999999-00:30","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":21,"created_at":"2023-12-31T23:30:00-05:00","updated_at":"1969-12-31T23:59:59.500000000","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '20',
        created_at: '2024-01-14 22:30:00.12',
        updated_at: '2024-03-01 00:29:59.999999',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '21',
        created_at: '2024-01-01 04:30:00',
        updated_at: '1969-12-31 23:59:59.5',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'a gmail address: dots and tag go, the domain is one',
    [
      '{"id":22,"email":"J.O.H.N5+Promo@Gmail.COM","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":23,"email":"anna.b61@googlemail.com","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '22',
        email: 'J.O.H.N5+Promo@Gmail.COM',
        email_domain: 'gmail.com',
        email_category: 'personal',
        is_valid_email_flag: true,
        normalized_email: 'john5@gmail.com',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '23',
        email: 'anna.b61@googlemail.com',
        email_domain: 'googlemail.com',
        email_category: 'personal',
        is_valid_email_flag: true,
        normalized_email: 'annab61@gmail.com',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'addresses of the other categories',
    [
      '{"id":24,"email":"fellow1@maths.ox.ac.uk","cdc_operation":"INSERT","cdc_sequence":1,"country":"England"}',
      '{"id":25,"email":"tax2@hmrc.gov.uk","cdc_operation":"INSERT","cdc_sequence":1,"country":"GBR"}',
      '{"id":26,"email":"sgt3@army.mil","cdc_operation":"INSERT","cdc_sequence":1,"country":"U.S."}',
      '{"id":27,"email":"help4@redcross.org","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":28,"email":"tmp5@mailinator.com","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '24',
        email: 'fellow1@maths.ox.ac.uk',
        email_domain: 'maths.ox.ac.uk',
        email_category: 'educational',
        is_valid_email_flag: true,
        normalized_email: 'fellow1@maths.ox.ac.uk',
        country: 'England',
        inferred_country: 'GB',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '25',
        email: 'tax2@hmrc.gov.uk',
        email_domain: 'hmrc.gov.uk',
        email_category: 'government',
        is_valid_email_flag: true,
        normalized_email: 'tax2@hmrc.gov.uk',
        country: 'GBR',
        inferred_country: 'GB',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '26',
        email: 'sgt3@army.mil',
        email_domain: 'army.mil',
        email_category: 'military',
        is_valid_email_flag: true,
        normalized_email: 'sgt3@army.mil',
        country: 'U.S.',
        inferred_country: 'US',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '27',
        email: 'help4@redcross.org',
        email_domain: 'redcross.org',
        email_category: 'nonprofit',
        is_valid_email_flag: true,
        normalized_email: 'help4@redcross.org',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '28',
        email: 'tmp5@mailinator.com',
        email_domain: 'mailinator.com',
        email_category: 'disposable',
        is_valid_email_flag: true,
        normalized_email: 'tmp5@mailinator.com',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'invalid addresses: unknown, not normalised; the domain is what follows the last @, if it fits',
    [
      '{"id":29,"email":"not-an-email","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":30,"email":"john..doe1@gmail.com","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":31,"email":"a@b2@ibm.com","cdc_operation":"INSERT","cdc_sequence":1}',
      `{"id":32,"email":"double..dot3@${'a'.repeat(60)}.${'b'.repeat(51)}.com","cdc_operation":"INSERT","cdc_sequence":1}`,
    ],
    [
      { ...bare, id: '29', email: 'not-an-email', cdc_operation: 'INSERT' },
      { ...bare, id: '30', email: 'john..doe1@gmail.com', email_domain: 'gmail.com', cdc_operation: 'INSERT' },
      { ...bare, id: '31', email: 'a@b2@ibm.com', email_domain: 'ibm.com', cdc_operation: 'INSERT' },
      {
        ...bare,
        id: '32',
        email: `double..dot3@${'a'.repeat(60)}.${'b'.repeat(51)}.com`,
        email_domain: null,
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'a missing or empty country is found from an address that agrees with itself',
    [
      '{"id":33,"state":"ON","city":"Ottawa","postal_code":"K1A 0B1","phone":"+1 613-992-4793","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":34,"country":"","state":"England","city":"London","postal_code":"SW1A 1AA","phone":"+44 20 7946 0958","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '33',
        state: 'ON',
        city: 'Ottawa',
        postal_code: 'K1A 0B1',
        phone: '+1 613-992-4793',
        inferred_country: 'CA',
        cdc_operation: 'INSERT',
      },
      {
        ...bare,
        id: '34',
        country: '',
        state: 'England',
        city: 'London',
        postal_code: 'SW1A 1AA',
        phone: '+44 20 7946 0958',
        inferred_country: 'GB',
        cdc_operation: 'INSERT',
      },
    ],
  ],
  [
    'a given country decides, whatever the address says; no country stays null',
    [
      '{"id":35,"country":"Brasil","state":"ON","city":"Ottawa","postal_code":"K1A 0B1","phone":"+1 613-992-4793","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":36,"country":"\u65e5\u672c","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":37,"country":"840","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":38,"country":"N/A","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":39,"country":"Namibia","cdc_operation":"INSERT","cdc_sequence":1}',
    ],
    [
      {
        ...bare,
        id: '35',
        country: 'Brasil',
        state: 'ON',
        city: 'Ottawa',
        postal_code: 'K1A 0B1',
        phone: '+1 613-992-4793',
        inferred_country: 'BR',
        cdc_operation: 'INSERT',
      },
      { ...bare, id: '36', country: '\u65e5\u672c', inferred_country: 'JP', cdc_operation: 'INSERT' },
      { ...bare, id: '37', country: '840', inferred_country: 'US', cdc_operation: 'INSERT' },
      { ...bare, id: '38', country: 'N/A', inferred_country: null, cdc_operation: 'INSERT' },
      { ...bare, id: '39', country: 'Namibia', inferred_country: 'NA', cdc_operation: 'INSERT' },
    ],
  ],
];

describe('the oracle gives the rows worked out by hand', () => {
  it.each(handChecked)('in the case: %s', (_about, values, rows) => {
    expect([...expectedRows(topic(...values)).values()]).toEqual(rows);
  });

  it('a malformed record changes no row, however new it is', () => {
    const [first, broken] = topic(
      '{"id":1,"first_name":"Stays","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":1,"city":5,"cdc_operation":"UPDATE","cdc_sequence":2}',
    );
    const kind = malformedKinds.find((one) => one.name === 'number for city');
    if (!first || !broken || !kind) throw new Error('the case is incomplete');
    const records = [first, { ...broken, malformed: kind }];
    expect([...expectedRows(records).values()]).toEqual([
      { ...bare, id: '1', first_name: 'Stays', full_name: 'Stays', cdc_operation: 'INSERT' },
    ]);
    expect(expectedParked(records)).toEqual(new Set(['0:1']));
    expect(expectedCheckpoints(records)).toEqual(
      new Map([[0, { nextOffset: 2n, read: 2, filtered: 0, parked: 1, appliedAndSuperseded: 1 }]]),
    );
  });

  it('an unmarked malformed record, an unknown address or place is an error', () => {
    expect(() => expectedRows(topic('{"id":1.5,"cdc_operation":"INSERT","cdc_sequence":1}'))).toThrow('id');
    expect(() => emailFacts('someone@nowhere.example')).toThrow('does not know');
    expect(() =>
      expectedRows(topic('{"id":1,"city":"Springfield","cdc_operation":"INSERT","cdc_sequence":1}')),
    ).toThrow('does not know');
  });
});

describe('the workload', () => {
  const records = makeWorkload();
  const rows = expectedRows(records);
  const sound = records.filter((record) => record.malformed === null && record.value !== null);

  it('is the same for the same seed, and differs for another', () => {
    const bytes = (seed: number): string =>
      makeWorkload({ seed, count: 2_000 })
        .map((record) => `${origin(record)} ${record.value?.toString('latin1')}`)
        .join('\n');
    expect(bytes(7)).toBe(bytes(7));
    expect(bytes(7)).not.toBe(bytes(8));
  });

  it('numbers the offsets of each partition from 0 and keeps a key in one partition', () => {
    const next = new Map<number, number>();
    const partitionByKey = new Map<string, number>();
    const wrong: string[] = [];
    for (const record of records) {
      const { partition, offset, key } = record;
      if (offset !== String(next.get(partition) ?? 0)) wrong.push(origin(record));
      if ((partitionByKey.get(String(key)) ?? partition) !== partition) wrong.push(origin(record));
      next.set(partition, Number(offset) + 1);
      partitionByKey.set(String(key), partition);
    }
    expect(wrong).toEqual([]);
    expect([...next.keys()].sort()).toEqual([0, 1, 2, 3]);
  });

  it('has the requested volume', () => {
    expect(records).toHaveLength(20_000);
    expect(rows.size).toBeGreaterThan(3_500);
    expect(rows.size).toBeLessThanOrEqual(4_000);
    const share = expectedParked(records).size / records.length;
    expect(share).toBeGreaterThan(0.008);
    expect(share).toBeLessThan(0.012);
  });

  it('has every kind of malformed record, each under its origin', () => {
    const deadLetters = expectedDeadLetters(records);
    expect(new Set([...deadLetters.values()].map((kind) => kind.name))).toEqual(
      new Set(malformedKinds.map((kind) => kind.name)),
    );
    expect(new Set(malformedKinds.map((kind) => kind.name)).size).toBe(malformedKinds.length);
    expect(malformedKinds.length).toBeGreaterThanOrEqual(15);
  });

  it('has tombstones, late arrivals, exact duplicates, rivals, and all special deletes', () => {
    const highest = new Map<bigint, bigint>();
    const versions = new Map<string, string>();
    const count = { late: 0, duplicate: 0, rival: 0, unknownDelete: 0, bareDelete: 0, beyond: 0 };
    for (const { value } of sound) {
      if (value === null) continue;
      const text = value.toString();
      const event = readEvent(value);
      const top = highest.get(event.id);
      const version = `${event.id}/${event.sequence}`;
      const before = versions.get(version);
      if (before === text) count.duplicate += 1;
      else if (before !== undefined) count.rival += 1;
      else if (top !== undefined && event.sequence < top) count.late += 1;
      if (top === undefined && event.operation === 'DELETE') count.unknownDelete += 1;
      if (event.operation === 'DELETE' && !text.includes('cdc_source')) count.bareDelete += 1;
      if (event.id > 2n ** 53n) count.beyond += 1;
      versions.set(version, before ?? text);
      if (top === undefined || event.sequence > top) highest.set(event.id, event.sequence);
    }
    expect(records.filter((record) => record.value === null).length).toBeGreaterThan(50);
    expect(count.duplicate).toBeGreaterThan(1_000);
    for (const found of Object.values(count)) expect(found).toBeGreaterThan(50);
  });

  it('contains every hand-written address and awkward text in the final rows', () => {
    const addresses = new Set([...rows.values()].map((row) => row.address));
    expect(awkwardTexts.filter((text) => !addresses.has(text))).toEqual([]);
    const emails = new Set([...rows.values()].map((row) => row.email?.replace(/\d+/, '#')));
    expect(emailCases.filter((one) => !emails.has(one.email))).toEqual([]);
    expect([...rows.values()].some((row) => row.first_name !== null && row.full_name === null)).toBe(true);
  });

  it('marks exactly the malformed records: bytes, JSON and kind agree', () => {
    const isJson = (value: Buffer): boolean => {
      try {
        JSON.parse(value.toString());
        return true;
      } catch {
        return false;
      }
    };
    const wrong = records.filter(({ value, malformed }) => {
      if (value === null) return false;
      if (isUtf8(value) === (malformed?.reason === 'invalid_utf8')) return true;
      return isJson(value) === (malformed?.reason === 'invalid_json');
    });
    expect(wrong.map(origin)).toEqual([]);
  });

  it('is read exactly as JSON.parse reads it, except for numbers', () => {
    const plain = (json: ExactJson): unknown => {
      if (json instanceof NumberLiteral) return Number(json.digits);
      if (Array.isArray(json)) return json.map(plain);
      if (!(json instanceof Map)) return json;
      return Object.fromEntries([...json].map(([name, value]) => [name, plain(value)]));
    };
    const other = sound
      .slice(0, 4_000)
      .map(({ value }) => String(value))
      .filter((text) => JSON.stringify(plain(readExactJson(text))) !== JSON.stringify(JSON.parse(text)));
    expect(other).toEqual([]);
    for (const text of ['', '{', '{"a":1,}', '[1 2]', '"\\x"', '"\t"', '01', 'nul', '1 1', '"\\u12"']) {
      expect(() => readExactJson(text)).toThrow('not JSON');
      expect(() => JSON.parse(text)).toThrow();
    }
  });

  it('has record counts that balance', () => {
    const checkpoints = [...expectedCheckpoints(records).values()];
    const sum = (pick: (checkpoint: (typeof checkpoints)[number]) => number): number =>
      checkpoints.reduce((total, checkpoint) => total + pick(checkpoint), 0);
    expect(sum((checkpoint) => checkpoint.read)).toBe(20_000);
    expect(sum((checkpoint) => checkpoint.filtered)).toBe(records.filter((record) => record.value === null).length);
    expect(sum((checkpoint) => checkpoint.parked)).toBe(expectedParked(records).size);
    expect(sum((checkpoint) => checkpoint.appliedAndSuperseded)).toBe(sound.length);
  });
});

describe('the workload detects a broken rule', () => {
  const records = makeWorkload({ count: 4_000, ids: 500 });
  const rows = expectedRows(records);

  /** Correct rules, with the row changed after it was made. */
  const altered = (change: (row: ExpectedRow) => Partial<ExpectedRow>): Partial<Rules> => ({
    row: (event) => {
      const row = wholeRow(event);
      return { ...row, ...change(row) };
    },
  });
  /** Fills missing values of the event with the previous values of the row. */
  const merged = (row: ExpectedRow, before: ExpectedRow | null): ExpectedRow => {
    const entries = Object.entries(row).map(([name, cell]) => [name, cell ?? Object(before)[name] ?? null]);
    return { ...row, ...Object.fromEntries(entries) };
  };

  const mutations: readonly (readonly [fault: string, rules: Partial<Rules>])[] = [
    ['the last arrival always wins', { replaces: () => true }],
    ['the last of equal sequences wins', { replaces: (incoming, standing) => incoming.sequence >= standing.sequence }],
    ['the first arrival always wins', { replaces: () => false }],
    ['sequences are compared as text', { replaces: (a, b) => String(a.sequence) > String(b.sequence) }],
    ['sequences are compared as doubles', { replaces: (a, b) => Number(a.sequence) > Number(b.sequence) }],
    ['int64 goes through a double', { integer: (digits) => BigInt(Math.round(Number(digits))) }],
    ['a delete removes the row', { row: (event) => (event.operation === 'DELETE' ? null : wholeRow(event)) }],
    ['a missing field keeps the old value', { row: (event, before) => merged(wholeRow(event), before) }],
    [
      'a delete without fields keeps the old row',
      {
        row: (event, before) =>
          event.operation === 'DELETE' && before ? { ...before, cdc_operation: 'DELETE' } : wholeRow(event),
      },
    ],
    [
      'a delete of an unknown id is dropped',
      { row: (event, before) => (event.operation === 'DELETE' && !before ? null : wholeRow(event)) },
    ],
    ['\\N becomes null', altered((row) => ({ address: row.address === '\\N' ? null : row.address }))],
    ['an empty text becomes null', altered((row) => ({ address: row.address || null }))],
    ['texts are trimmed', altered((row) => ({ address: row.address?.trim() ?? null }))],
    ['texts are normalised', altered((row) => ({ address: row.address?.normalize('NFC') ?? null }))],
    [
      'microseconds are lost',
      altered((row) => ({ created_at: row.created_at?.replace(/(\.\d{3})\d+/, '$1') ?? null })),
    ],
    [
      'the offset is dropped',
      {
        row: (event) => ({
          ...wholeRow(event),
          created_at: utcText(event.text('created_at')?.replace(/[+-]\d\d:\d\d$/, '') ?? null),
        }),
      },
    ],
    ['a too-long full name is cut', altered((row) => ({ full_name: row.full_name ?? row.first_name }))],
    ['the e-mail is not normalised', altered((row) => ({ normalized_email: row.email }))],
    ['the category ignores validity', altered((row) => ({ email_category: row.email ? 'personal' : 'unknown' }))],
    [
      'the country is not inferred',
      altered((row) => ({ inferred_country: row.country ? row.inferred_country : null })),
    ],
    ['the flag of a missing e-mail is true', altered((row) => ({ is_valid_email_flag: row.email === null }))],
  ];

  it.each(mutations)('if %s', (_fault, rules) => {
    expect(diffRows(rows, expectedRows(records, { ...soundRules, ...rules }))).not.toEqual([]);
  });

  it.each([
    'first_name of 101 letters',
    'NUL in address',
    'lone high surrogate',
    'id beyond int64',
    'id string beyond int64',
    'sequence beyond int64',
  ])('a malformed record that is accepted is detected: %s', (name) => {
    const lenient = records.map((record) =>
      record.malformed?.name === name ? { ...record, malformed: null } : record,
    );
    expect(diffRows(rows, expectedRows(lenient))).not.toEqual([]);
    expect(expectedParked(lenient).size).toBeLessThan(expectedParked(records).size);
  });

  it('lost records at the end are detected', () => {
    expect(diffRows(rows, expectedRows(records.slice(0, -100)))).not.toEqual([]);
  });
});

describe('diffRows', () => {
  const rows = expectedRows(
    topic(
      '{"id":1,"address":"a\\tb","cdc_operation":"INSERT","cdc_sequence":1}',
      '{"id":2,"cdc_operation":"INSERT","cdc_sequence":1}',
    ),
  );

  it('returns nothing for equal rows, in any order and with further columns', () => {
    const actual = [...rows.values()].reverse().map((row) => ({ ...row, migration_timestamp: 'now' }));
    expect(diffRows(rows, actual)).toEqual([]);
  });

  it('names the row, the column and both values', () => {
    const actual = [
      { ...bare, id: '1', cdc_operation: 'INSERT', address: 'a b' },
      { ...bare, id: '3', cdc_operation: 'INSERT' },
      { ...bare, id: '3', cdc_operation: 'INSERT' },
    ];
    expect(diffRows(rows, actual)).toEqual([
      'id 1: address should be "a\\tb", is "a b"',
      'id 3: not expected, but there ("INSERT")',
      'id 3: there twice',
      'id 2: expected, but missing',
    ]);
  });

  it('distinguishes a column that was not read from one that is null', () => {
    const { email: _email, ...without } = { ...bare, id: '2', cdc_operation: 'INSERT' };
    const first = { ...bare, id: '1', cdc_operation: 'INSERT', address: 'a\tb' };
    expect(diffRows(rows, [first, without])).toEqual(['id 2: email should be null, is undefined']);
  });

  it('returns the first twenty differences', () => {
    const many = expectedRows(makeWorkload({ count: 500 }));
    const differences = diffRows(many, []);
    expect(differences).toHaveLength(21);
    expect(differences.at(-1)).toBe(`and ${many.size - 20} more differences`);
  });

  it('compares all columns of the specification except migration_timestamp', () => {
    expect(comparedColumns).toHaveLength(20);
    expect(selectActualRows).toContain('created_at::text as created_at');
    expect(selectActualRows).toContain(', is_valid_email_flag,');
  });
});
