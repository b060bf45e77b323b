/**
 * A random workload on the tables of test/fixtures/replication.sql: inserts, updates that leave wide cells unchanged, deletes,
 * changes of keys, swaps of unique values, truncates, transactions over several tables. The same seed gives the same statements.
 */
import type pg from 'pg';

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = ReturnType<typeof seededRandom>;
type Statement = readonly [sql: string, values?: readonly unknown[]];

const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

/** Texts that encoders often get wrong. */
const texts = [
  '',
  'plain',
  '\\N',
  '\\.',
  'tab\there',
  'line\nbreak',
  'back\\slash',
  `quote's "both"`,
  '日本',
  '🙂',
  '{a,b}',
  'NULL',
  ' ',
];

const wide = (random: Random): string =>
  `${pick(random, texts)}${'x'.repeat(3_000 + below(random, 6_000))}${below(random, 1e9)}`;
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** No date before Christ: a snapshot of Debezium would make it a date after Christ. */
const date = (random: Random): string =>
  pick(random, ['2024-02-29', '2025-06-30', '1999-12-31', '0044-03-15', '9999-12-31']);

/** Most different keys of a table: few, so that events of one key meet. */
const keys = 40;

const fixed: readonly Statement[] = [
  [`insert into countries values ('NO', 'Norway'), ('JP', '日本'), ('BR', 'Brasil') on conflict do nothing`],
  [`insert into seats select i, 'place ' || i from generate_series(1, 20) i where not exists (select from seats)`],
];

const kinds: readonly ((random: Random) => readonly Statement[])[] = [
  (random) => [
    [
      `insert into customers (country, email, name, feeling, discount, born, alarm, tags, settings)
       values ($1, $2, $3, $4::mood, $5, $6, $7, $8, $9) on conflict (email) do update set name = excluded.name, settings = excluded.settings`,
      [
        pick(random, ['NO', 'JP', 'BR', null]),
        `user${below(random, keys)}@example.com`,
        pick(random, texts) || 'nameless',
        pick(random, ['sad', 'ok', 'happy', `it's complicated`]),
        pick(random, ['0', '12.50', '100', null]),
        pick(random, [date(random), null]),
        pick(random, ['00:00', '23:59:59.999', null]),
        [pick(random, texts), pick(random, texts)],
        JSON.stringify({ n: below(random, 1e9), text: pick(random, texts), big: 12345678901234567890n.toString() }),
      ],
    ],
  ],
  (random) => [
    [
      `insert into orders (customer, number, amount, exact, ratio, paid, receipt)
       select id, $1, $2, $3, $4, $5, $6 from customers order by md5(id::text || $7) limit 1
       on conflict (customer, number) do update set amount = excluded.amount, paid = excluded.paid`,
      [
        below(random, 5),
        (random() * 1e9).toFixed(2),
        pick(random, ['NaN', '123456789012345678901234567890.123456789', '-0.00000001', null]),
        pick(random, [0.1, 1e308, -5e-324, 1 / 3, 'Infinity', 'NaN']),
        random() < 0.5,
        Buffer.from(pick(random, ['', 'abc', '\\x00ff', '🙂'])),
        String(below(random, 1e6)),
      ],
    ],
  ],
  (random) => [
    [
      `update customers set feeling = $1::mood, updated_at = now() where id % 7 = $2`,
      [pick(random, ['sad', 'happy']), below(random, 7)],
    ],
  ],
  (random) => [
    [`delete from orders where customer in (select id from customers where id % 11 = $1)`, [below(random, 11)]],
  ],
  (random) => [
    // A customer is deleted before its orders: the reference is deferred.
    [
      `with gone as (delete from customers where email = $1 returning id) delete from orders where customer in (select id from gone)`,
      [`user${below(random, keys)}@example.com`],
    ],
  ],
  (random) => [
    [
      `insert into documents (id, title, body, draft, payload, extra, words) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do update set title = excluded.title, body = excluded.body`,
      [
        uuid(below(random, keys)),
        pick(random, texts),
        wide(random),
        pick(random, [wide(random), 'short', null]),
        Buffer.from(wide(random)),
        JSON.stringify({ wide: wide(random) }),
        [wide(random), null, 'last'],
      ],
    ],
  ],
  // These leave the wide cells unchanged, several times in a row.
  (random) => [[`update documents set version = version + 1 where id = $1`, [uuid(below(random, keys))]]],
  (random) => [
    [
      `update documents set title = $2, version = version + 1 where id = $1`,
      [uuid(below(random, keys)), pick(random, texts)],
    ],
  ],
  (random) => [[`update documents set draft = null where id = $1`, [uuid(below(random, keys))]]],
  (random) => [
    [
      `update documents set id = $2 where id = $1 and not exists (select from documents where id = $2)`,
      [uuid(below(random, keys)), uuid(below(random, keys))],
    ],
  ],
  (random) => [[`delete from documents where id = $1`, [uuid(below(random, keys))]]],
  (random) => {
    const [a, b] = [1 + below(random, 20), 1 + below(random, 20)];
    return [
      [
        `update seats s set place = o.place from seats o where (s.id, o.id) in (($1::integer, $2::integer), ($2::integer, $1::integer))`,
        [a, b],
      ],
    ];
  },
  (random) => [
    [
      `insert into numbers values ($1, $2) on conflict (amount) do update set note = excluded.note`,
      [pick(random, ['1.0', '1.00', '1', '1e3', '1000.000', '-7.5', '98765432109876543210.5']), pick(random, texts)],
    ],
  ],
  (random) => [[`delete from numbers where amount = $1`, [pick(random, ['1', '1000', '-7.5'])]]],
  (random) => [
    [
      `insert into tokens values ($1, $2) on conflict ("Key with ""quotes") do update set "value" = excluded."value"`,
      [pick(random, texts), pick(random, texts)],
    ],
  ],
  (random) => [
    [
      `update tokens set "Key with ""quotes" = "Key with ""quotes" || 'x' where "Key with ""quotes" = $1 and length("Key with ""quotes") < 20`,
      [pick(random, texts)],
    ],
  ],
  (random) => [
    [
      `insert into events select now(), $1, $2 from generate_series(1, $3::integer)`,
      [pick(random, ['a', 'b']), below(random, 3), 1 + below(random, 2)],
    ],
  ],
  (random) => [
    [
      `update events set size = size + 1 where ctid = (select min(ctid) from events where size = $1)`,
      [below(random, 3)],
    ],
  ],
  (random) => [
    [`delete from events where ctid = (select max(ctid) from events where kind = $1)`, [pick(random, ['a', 'b'])]],
  ],
  (random) => [
    [
      `insert into measures values ($1, $2, $3) on conflict (sensor, day) do update set value = excluded.value`,
      [below(random, 10), pick(random, ['2024-05-01', '2025-05-01', '2030-01-01']), random() * 100],
    ],
  ],
  // A row that moves to another partition.
  (random) => [
    [
      `update measures set day = ('2025-07-0' || $2)::date where sensor = $1 and day = '2024-05-01' and not exists (select from measures where sensor = $1 and day = ('2025-07-0' || $2)::date)`,
      [below(random, 10), String(1 + below(random, 5))],
    ],
  ],
  (random) => [[`insert into animals (name) values ($1)`, [pick(random, texts)]]],
  (random) => [[`insert into dogs (name, breed) values ($1, $2)`, [pick(random, texts), pick(random, texts)]]],
  (random) => [[`update animals set name = name || '!' where id % 5 = $1 and length(name) < 30`, [below(random, 5)]]],
];

/** TRUNCATE, now and then. */
const truncate = (random: Random): readonly Statement[] =>
  random() < 0.1 ? [[`truncate ${pick(random, ['events', 'numbers', 'documents', 'orders'])}`]] : [];

/** Options of a workload. */
export type Workload = {
  readonly seed: number;
  readonly transactions: number;
  /** False during a snapshot: a table that is truncated meanwhile looks empty in it, unlike the rest of the snapshot. */
  readonly truncates?: boolean;
  /** Ends it early. */
  readonly signal?: AbortSignal;
};

/**
 * Runs `transactions` transactions of one to four steps each; some are rolled back, deliberately or because of a constraint.
 * Returns the number of commits.
 */
export async function runWorkload(
  client: pg.Client,
  { seed, transactions, truncates = true, signal }: Workload,
): Promise<number> {
  const random = seededRandom(seed);
  const steps = truncates ? [...kinds, truncate] : kinds;
  let committed = 0;
  for (const [sql] of fixed) await client.query(sql);
  for (let n = 0; n < transactions && !signal?.aborted; n += 1) {
    const statements = Array.from({ length: 1 + below(random, 4) }, () => pick(random, steps)(random)).flat();
    const rollback = random() < 0.05;
    await client.query('begin');
    try {
      for (const [sql, values] of statements) await client.query(sql, values ? [...values] : undefined);
      await client.query(rollback ? 'rollback' : 'commit');
      committed += rollback ? 0 : 1;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      // A referenced row, a duplicate unique value, a truncate with pending deferred checks.
      if (!code.startsWith('23') && code !== '55006') throw error;
      await client.query('rollback');
    }
  }
  return committed;
}
