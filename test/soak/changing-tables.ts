/**
 * The tables of the soak `mariadb-kills`, and random statements that change many of their rows: inserts, updates that leave wide cells
 * unchanged, deletes and inserts of the same keys, changes of keys, unique values that change places, TRUNCATE. The same seed gives
 * the same statements.
 */

/** Statements for an empty database. */
export const changingTables = `
  create table accounts (
    id bigint primary key, owner varchar(60) not null, balance numeric(14,2) not null, opened date, seen_at timestamptz,
    active boolean not null, ratio double precision, token uuid, secret bytea, note text);
  create table order_lines (
    order_id bigint, line integer, sku varchar(20) not null, price numeric(10,4), primary key (order_id, line));
  create table events (at timestamp, kind text, size integer);
  alter table events replica identity full;
  create table documents (
    id uuid primary key, title text not null, body text, payload bytea, extra jsonb, version integer not null default 1);
  alter table documents alter body set storage external, alter payload set storage external, alter extra set storage external;
  create table seats (
    id integer primary key, place varchar(20) not null,
    constraint one_to_a_place unique (place) deferrable initially immediate);
  create table labels (name varchar(40) collate "C" primary key, value text);
  create table drafts (id integer primary key, body text);
  create table finished (id integer primary key);
  insert into seats select i, 'place ' || i from generate_series(0, 199) i;
  insert into accounts select i, 'first owner ' || i, i, '2020-02-29', '2020-02-29 12:00:00.000001+00', true, 0.5, null, null, null
    from generate_series(1, 2000) i;
  insert into drafts select i, 'draft ' || i from generate_series(1, 100) i;
`;

/** Their names. */
export const tableNames = [
  'accounts',
  'order_lines',
  'events',
  'documents',
  'seats',
  'labels',
  'drafts',
  'finished',
] as const;

type Random = () => number;
type Step = (random: Random) => readonly string[];

const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

/** Texts that encoders often get wrong, as SQL literals. */
const texts = [
  `''`,
  `'plain'`,
  `'\\N'`,
  `'\\.'`,
  `E'tab\\there'`,
  `E'line\\nbreak'`,
  `'back\\slash'`,
  `'quote''s "both"'`,
  `'日本'`,
  `'🙂'`,
  `'NULL'`,
  `' '`,
  `'trailing '`,
  'null',
];

/** Most accounts: ids that this many inserts of 300 rows in a row reach begin again. */
const blocks = 60;
const accountsAt = (random: Random): number => 2_001 + below(random, blocks) * 300;
const uuidOf = (i: string): string => `('00000000-0000-4000-8000-' || lpad((${i})::text, 12, '0'))::uuid`;
/** A text of about 3 to 6 KB that does not compress to nothing. */
const wide = (random: Random): string =>
  `repeat(md5((i + ${below(random, 1e9)})::text), ${90 + below(random, 100)}) || coalesce(${pick(random, texts)}, '')`;

const insertAccounts = (random: Random, from: number, count: number): string =>
  `insert into accounts
   select i, 'owner ' || i, (i::numeric * ${below(random, 1e6)}) % 1000000000 / 100.0, '1999-12-31'::date + i::integer % 9000,
     '2024-01-01 00:00:00Z'::timestamptz + i * interval '1.000001 seconds', i % 3 = 0, i % 1000 / 8.0,
     ${uuidOf('i')}, decode(md5(i::text), 'hex'), ${pick(random, texts)}
   from generate_series(${from}, ${from + count - 1}) i on conflict (id) do nothing`;

const steps: readonly Step[] = [
  (random) => [insertAccounts(random, accountsAt(random), 300)],
  (random) => [
    `update accounts set balance = balance + 0.01, active = not active, note = ${pick(random, texts)} where id % 47 = ${below(random, 47)}`,
  ],
  (random) => [
    `update accounts set ratio = ratio + 0.125, seen_at = seen_at + interval '1 microsecond', secret = null where id % 61 = ${below(random, 61)}`,
  ],
  (random) => [`delete from accounts where id % 113 = ${below(random, 113)}`],
  // Deleted and inserted again in one transaction.
  (random) => {
    const from = accountsAt(random);
    return [
      `delete from accounts where id between ${from} and ${from + 99}`,
      insertAccounts(random, from, 50 + below(random, 50)),
    ];
  },
  // Keys move between two ranges, and back.
  (random) => [
    `update accounts a set id = case when id < 10000000 then id + 10000000 else id - 10000000 end
     where id % 89 = ${below(random, 89)} and not exists (select from accounts b
       where b.id = case when a.id < 10000000 then a.id + 10000000 else a.id - 10000000 end)`,
  ],
  (random) => {
    const from = below(random, 5_000);
    return [
      `insert into order_lines select o, l, 'sku ' || o % 77, ${below(random, 1e8)} / 10000.0
       from generate_series(${from}, ${from + 19}) o, generate_series(1, 5) l
       on conflict (order_id, line) do update set price = excluded.price`,
    ];
  },
  (random) => [
    `update order_lines set line = line + 100 where line < 100 and order_id % 67 = ${below(random, 67)}
       and not exists (select from order_lines o where o.order_id = order_lines.order_id and o.line = order_lines.line + 100)`,
  ],
  (random) => [`delete from order_lines where order_id % 41 = ${below(random, 41)}`],
  (random) => [
    `insert into events select '2024-05-01'::timestamp + i % 3 * interval '1 hour', ${pick(random, [`'a'`, `'b'`, 'null', `'a '`])}, i % 4
     from generate_series(1, ${10 + below(random, 40)}) i`,
  ],
  (random) => [
    `update events set size = size + 1 where ctid in
       (select ctid from events where size = ${below(random, 4)} order by kind, at, ctid limit ${5 + below(random, 20)})`,
  ],
  (random) => [
    `delete from events where ctid in
       (select ctid from events where size >= ${below(random, 4)} order by kind, at, ctid limit ${5 + below(random, 30)})`,
  ],
  (random) => {
    const from = below(random, 40) * 10;
    return [
      `insert into documents
       select ${uuidOf('i')}, 'title ' || i, ${wide(random)}, decode(repeat(md5(i::text), 80), 'hex'),
         jsonb_build_object('wide', ${wide(random)}), 1
       from generate_series(${from}, ${from + 9}) i
       on conflict (id) do update set title = excluded.title || '!', body = excluded.body`,
    ];
  },
  // These leave the wide cells unchanged.
  (random) => [
    `update documents set version = version + 1 where right(id::text, 1) = '${below(random, 10)}'`,
    `update documents set title = coalesce(${pick(random, texts)}, 'none') where right(id::text, 1) = '${below(random, 10)}'`,
  ],
  (random) => {
    const [from, to] = [below(random, 400), below(random, 400)];
    return [
      `update documents set id = ${uuidOf(String(to))} where id = ${uuidOf(String(from))}
         and not exists (select from documents where id = ${uuidOf(String(to))})`,
    ];
  },
  (random) => [`delete from documents where right(id::text, 2) = '${below(random, 10)}${below(random, 10)}'`],
  // Neighbours change places, and 20 places turn by one.
  (random) => {
    const from = below(random, 90) * 2;
    return [
      `update seats s set place = o.place from seats o where o.id = s.id # 1 and s.id between ${from} and ${from + 9}`,
    ];
  },
  (random) => {
    const from = below(random, 180);
    return [
      `update seats s set place = o.place from seats o
       where s.id between ${from} and ${from + 19} and o.id = ${from} + (s.id - ${from} + 1) % 20`,
    ];
  },
  (random) => {
    const from = below(random, 60);
    return [
      `insert into labels select ${pick(random, [`'k'`, `'K'`, `'ä'`, `'a'`])} || i || ${pick(random, [`''`, `' '`, `'  '`])}, ${pick(random, texts)}
       from generate_series(${from}, ${from + 10}) i
       on conflict (name) do update set value = coalesce(labels.value, '') || coalesce(excluded.value, 'x') where length(labels.value) < 200`,
    ];
  },
  (random) => [
    `update labels set name = name || ' ' where length(name) < 12 and ascii(right(name, 1)) % 5 = ${below(random, 5)}
       and not exists (select from labels l where l.name = labels.name || ' ')`,
  ],
  (random) => [
    `insert into drafts select i, ${pick(random, texts)} from generate_series(1, ${50 + below(random, 100)}) i
     on conflict (id) do update set body = coalesce(drafts.body, '') || '!'`,
  ],
  (random) => (random() < 0.2 ? ['truncate drafts'] : []),
];

/** The statements of a transaction, and whether it is rolled back. */
export function randomTransaction(random: Random): {
  readonly statements: readonly string[];
  readonly isRolledBack: boolean;
} {
  const statements = Array.from({ length: 1 + below(random, 3) }, () => pick(random, steps)(random)).flat();
  return { statements, isRolledBack: random() < 0.05 };
}
