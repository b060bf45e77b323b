/**
 * Dumps databases filled by a checkout of Sluice, for the tests of upgrades. Run it once for each release:
 *
 *     node --import tsx test/releases/make-fixture.ts [checkout]
 *
 * It needs pg_dump, the PostgreSQL of DATABASE_URL (not newer than pg_dump; its user creates databases), and the Kafka of
 * KAFKA_BOOTSTRAP_SERVERS. It writes the dumps to `test/fixtures/releases/VERSION/`, and the checksums of the checkout's migrations
 * to `schemas/released.json`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandOf, dump as dumpTo, emptyTopic, kafka, onDatabase } from './filling.ts';

const root = resolve(import.meta.dirname, '../..');
const checkout = resolve(process.argv[2] ?? root);
const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
const folder = join(root, 'test/fixtures/releases', version);
const sample = readFileSync(join(root, 'data/sample_events.json'));
const sluice = commandOf(checkout);
const dump = (name: string, fill: (url: string) => Promise<void>) => dumpTo(join(folder, `${name}.sql.gz`), fill);

/** Produces messages of a captured table in Debezium's form without schema. */
async function produceRows(table: string, rows: readonly object[], deleted: readonly object[]): Promise<void> {
  const topic = `cdc.public.${table}`;
  await emptyTopic(topic);
  const at = (lsn: number, snapshot: string) => ({
    source: { schema: 'public', table, lsn, sequence: `["${lsn}","${lsn}"]`, snapshot, ts_ms: 1_760_000_000_000 + lsn },
    ts_ms: 1_760_000_000_000 + lsn,
  });
  const values = [
    ...rows.map((after) => ({ key: after, value: { op: 'r', before: null, after, ...at(100, 'true') } })),
    ...rows.map((after, index) => ({
      key: after,
      value: { op: 'u', before: null, after, ...at(200 + index, 'false') },
    })),
    ...deleted.map((before, index) => ({
      key: before,
      value: { op: 'd', before, after: null, ...at(400 + index, 'false') },
    })),
  ];
  const producer = kafka.producer();
  await producer.connect();
  const messages = [
    ...values.map(({ key, value }) => ({
      key: JSON.stringify({ id: (key as { id: number }).id }),
      value: JSON.stringify(value),
      partition: 0,
    })),
    { key: '{"id":1}', value: 'no JSON', partition: 0 },
  ];
  await producer.send({ topic, messages }).finally(() => producer.disconnect());
}

/** Records the checksums of the migrations, which freezes the files. */
function recordChecksums(): void {
  const migrations = join(checkout, 'schemas/migrations');
  const checksums = readdirSync(migrations).map((file) => {
    return [
      file,
      createHash('sha256')
        .update(readFileSync(join(migrations, file)))
        .digest('hex'),
    ];
  });
  const path = join(root, 'schemas/released.json');
  const released = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  writeFileSync(path, `${JSON.stringify({ ...released, [version]: Object.fromEntries(checksums.sort()) }, null, 2)}\n`);
}

mkdirSync(folder, { recursive: true });
recordChecksums();

await dump('users', async (url) => {
  await emptyTopic('cdc-events');
  sluice(url, ['simulate', '--topic', 'cdc-events', '--partitions', '2']);
  sluice(url, ['run', '--topic', 'cdc-events', '--until-caught-up']);
  sluice(url, ['run', '--source', '-', '--group-id', 'from-stdin'], { input: sample });
});

await dump('hard-deletes', async (url) => {
  sluice(url, ['run', '--source', '-', '--deletes', 'hard'], { input: sample });
});

await dump('own-function', async (url) => {
  const functions = join(root, 'test/fixtures/own-functions');
  sluice(url, ['run', '--source', '-', '--functions', functions], { input: sample });
});

await dump('replica', async (url) => {
  const tables = `create table public.customers (id bigint primary key, email text unique);
    create table public.orders (id bigint primary key, customer_id bigint references public.customers, total numeric(10,2))`;
  const customers = Array.from({ length: 20 }, (_, at) => ({ id: at + 1, email: `c${at + 1}@example.com` }));
  const orders = customers.map(({ id }) => ({ id, customer_id: id, total: `${id}.50` }));
  await onDatabase(url, tables);
  await produceRows('customers', customers, []);
  await produceRows('orders', orders, orders.slice(0, 3));
  const topics = '^cdc\\.public\\.(customers|orders)$';
  sluice(url, ['replicate', '--topics', topics, '--until-caught-up'], { codes: [0, 3] });
  // State left behind by a killed process, or by a race between partitions.
  const interrupted = `
    alter table public.orders drop constraint orders_customer_id_fkey;
    insert into sluice.constraint (pipeline, table_name, name, kind, references_table, definition)
    values ('cdc-consumer-group', 'public.orders', 'orders_customer_id_fkey', 'foreign key', 'public.customers',
            'FOREIGN KEY (customer_id) REFERENCES public.customers(id)');
    insert into sluice.moved_row (table_name, generation, minor, topic, partition, record_key, cells)
    values ('public.customers', 0, 900, 'cdc.public.customers', 1, '\\x7b7d', '{"id": "77", "email": "moved@example.com"}');
    insert into sluice.deferred_row (table_name, generation, major, minor, topic, partition, "offset", cells)
    values ('public.customers', 0, 900, 900, 'cdc.public.customers', 1, 7, '{"id": "78", "email": "c1@example.com"}')`;
  await onDatabase(url, interrupted);
});
