/**
 * Dumps databases that the last version before migration 11 has filled, for `previous.it.test.ts`. That version was not
 * released, so it is checked out:
 *
 *     git worktree add /tmp/previous 79b6aeb && ln -s "$PWD/node_modules" /tmp/previous/
 *     node --import tsx test/releases/make-previous.ts /tmp/previous
 *
 * Needs pg_dump, the PostgreSQL of DATABASE_URL (no newer than pg_dump; its user creates databases), and the Kafka of
 * KAFKA_BOOTSTRAP_SERVERS. The dumps go to `test/fixtures/previous/`.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CapturedChange, messageOf } from './captured.ts';
import { commandOf, dump as dumpTo, emptyTopic, kafka, onDatabase } from './filling.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'test/fixtures/previous');
const sluice = commandOf(resolve(process.argv[2] ?? ''));
const dump = (name: string, fill: (url: string) => Promise<void>) =>
  dumpTo(join(folder, `${name}.sql`), fill, ['--no-comments']);

/** The first events of the sample, which delete two users, and one event without an id. */
const sample: readonly object[] = JSON.parse(readFileSync(join(root, 'data/sample_events.json'), 'utf8'));
const events = JSON.stringify([...sample.slice(0, 70), { first_name: 'Nobody', cdc_operation: 'INSERT' }]);

async function produce(changes: readonly CapturedChange[], damaged: readonly string[] = []): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  try {
    for (const change of changes) {
      const { table, partition, headers = {} } = change;
      await producer.send({ topic: `cdc.public.${table}`, messages: [{ ...messageOf(change), partition, headers }] });
    }
    for (const table of damaged)
      await producer.send({
        topic: `cdc.public.${table}`,
        messages: [{ key: '{"id":5}', value: 'no JSON', partition: 0 }],
      });
  } finally {
    await producer.disconnect();
  }
}

const person = (op: CapturedChange['op'], lsn: number, row: { id: number; email?: string; note?: string }) =>
  ({ table: 'people', partition: row.id === 2 ? 1 : 0, op, lsn, key: { id: row.id }, row }) satisfies CapturedChange;

const order = (lsn: number, row: { id: number; total: string; discount?: string }): CapturedChange => ({
  table: 'orders',
  partition: 0,
  op: 'c',
  lsn,
  key: { id: row.id },
  row,
});

const line = (op: 'c' | 'd', lsn: number, text: string): CapturedChange => ({
  table: 'lines',
  partition: 0,
  op,
  lsn,
  key: null,
  row: { text },
});

mkdirSync(folder, { recursive: true });

await dump('users', async (url) => {
  sluice(url, ['run', '--source', '-', '--group-id', 'users'], { input: events });
});

await dump('hard-deletes', async (url) => {
  sluice(url, ['run', '--source', '-', '--group-id', 'users', '--deletes', 'hard'], { input: events });
});

await dump('replica', async (url) => {
  const tables = `create table public.people (id bigint primary key, email text unique, note text);
    create table public.orders (id bigint primary key, total numeric(10,2));
    create table public.lines (text text)`;
  await onDatabase(url, tables);
  await emptyTopic('cdc.public.people', 2);
  await emptyTopic('cdc.public.orders', 1);
  await emptyTopic('cdc.public.lines', 1);
  // A running table, a deleted row, a record that is not JSON, the first half of a key change, and a table that lacks a column.
  await produce(
    [
      person('r', 100, { id: 1, email: 'one@example.com', note: 'one' }),
      person('r', 100, { id: 3, email: 'three@example.com', note: 'three' }),
      person('r', 100, { id: 4, email: 'four@example.com', note: 'four' }),
      person('u', 210, { id: 1, email: 'wanted@example.com', note: 'one' }),
      person('d', 220, { id: 3 }),
      { ...person('d', 240, { id: 4 }), headers: { '__debezium.newkey': '{"id":14}' } },
      order(110, { id: 1, total: '1.50' }),
      order(120, { id: 2, total: '2.50', discount: '0.50' }),
      line('c', 130, 'same'),
      line('c', 131, 'same'),
      line('d', 132, 'same'),
    ],
    ['people'],
  );
  const replicate = ['replicate', '--topics', '^cdc\\.public\\.(people|orders|lines)$', '--until-caught-up'];
  sluice(url, [...replicate, '--group-id', 'replica'], { codes: [0, 1, 3, 5] });
  // This row had the address before the other row took it over, so it becomes a deferred row.
  await produce([person('c', 205, { id: 2, email: 'wanted@example.com', note: 'two' })]);
  sluice(url, [...replicate, '--group-id', 'replica'], { codes: [0, 1, 3, 5] });
  await onDatabase(url, `update sluice.target set unseen_rows = 2 where table_name = 'public.people'`);
});
