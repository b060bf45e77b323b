/** Proves that `sluice run --map` writes data of other formats: from files, standard input and topics. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic, kafkaClient } from '../test/context.ts';
import { linesOf } from '../test/faults/log-lines.ts';
import { headersOf } from '../test/headers-of.ts';
import { sluice } from '../test/sluice.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-own-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function writeMap(name: string, map: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(map));
  return path;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv, input?: string) {
  const given = input === undefined ? {} : { input };
  const outcome = await sluice(['run', '--log-format', 'json', ...args], { env, limit: 120_000, ...given });
  const lines = linesOf({ said: () => outcome.stderr });
  return { ...outcome, lines, done: lines.find(({ msg }) => msg === 'done') };
}

const csvMap = {
  format: 'csv',
  delimiter: ';',
  orderBy: 'timestamp',
  fields: {
    id: 'user_id',
    first_name: 'givenName',
    email: 'mail',
    created_at: { from: 'created', as: 'epoch_us' },
    cdc_timestamp: { from: 'changed', as: 'epoch_ms' },
    source_system: { constant: 'crm' },
  },
};

describeServers('sluice run --map', () => {
  test('reads CSV from a file, parks invalid records, and continues when the file has grown', async () => {
    await using database = await freshDatabase('own');
    const map = await writeMap('csv.json', csvMap);
    const file = join(folder, 'us ers.csv');
    await writeFile(
      file,
      '\uFEFFuser_id;givenName;mail;created;changed;nick\r\n' +
        '9007199254740993;"Ann; ""A""";ann@example.org;9007199254740993;1705314600123;a\r\n' +
        '2;"two\r\nlines";;1705314600000000;1705314600124;b\r\n' +
        '3;too;few\r\n' +
        'x;Bo;bo@example.org;;1705314600125;c\r\n' +
        '4;half;',
    );
    const env = { DATABASE_URL: database.url, SLUICE_MAP: map };
    const first = await run(['--source', `file://${file.replaceAll(' ', '%20')}`], env);
    expect(first).toMatchObject({ code: 0, done: { read: 4, applied: 2, parked: 2 } });
    const warned = first.lines.map(({ msg }) => msg).filter((msg) => /left out|no line end/.test(msg));
    expect(warned).toEqual([
      expect.stringContaining('the last record has no line end and is incomplete'),
      expect.stringContaining('fields that no column takes were left out: nick (2)'),
    ]);

    await appendFile(file, ';;1705314600126;d\r\n2;newer;;;1705314600127;e\r\n');
    const second = await run(['--source', `file:${file}`], env);
    expect(second).toMatchObject({ code: 0, done: { read: 2, applied: 2, parked: 0 } });

    const select = `select id::text, first_name, email, created_at::text, source_system, cdc_operation
                    from users_enriched order by users_enriched.id`;
    expect(await rowsOf(database.url, select)).toMatchObject([
      { id: '2', first_name: 'newer', email: null, created_at: null, source_system: 'crm', cdc_operation: 'INSERT' },
      { id: '4', first_name: 'half' },
      {
        id: '9007199254740993',
        first_name: 'Ann; "A"',
        email: 'ann@example.org',
        created_at: '2255-06-05 23:47:34.740993',
      },
    ]);
    const letters = `select code, reason, convert_from(value, 'UTF8') as value, headers
                     from sluice.dead_letter order by "offset"`;
    const [few, wrong] = (await rowsOf(database.url, letters)) as { headers: Buffer }[];
    expect(few).toMatchObject({ code: 'wrong_column_count', value: '3;too;few' });
    expect(wrong).toMatchObject({ code: 'not_an_integer', reason: "user_id → id: 'x' is not an integer" });
    expect(headersOf(few?.headers ?? null).map(([name, value]) => `${name}: ${value}`)).toEqual([
      'csv.columns: ["user_id","givenName","mail","created","changed","nick"]',
    ]);
  });

  test('reads CSV from standard input, and ends with 2 at a wrong column before anything is written', async () => {
    await using database = await freshDatabase('own');
    const args = ['--source', '-', '--map', await writeMap('stdin.json', csvMap)];
    const env = { DATABASE_URL: database.url };
    const head = 'user_id;givenName;mail;created;changed\n';
    expect(await run(args, env, `${head}1;Ann;;;1705314600123`)).toMatchObject({ code: 0, done: { applied: 1 } });
    const wrong = await run(args, env, `${head.replace('mail', 'email')}1;Ann;;;1705314600123\n`);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(`"code":"map_mismatch"`);
    expect(wrong.stderr).toContain("the file has no column 'mail' (fields.email), did you mean 'email'?");
  });

  test('reads JSON with other field names from a topic, in several workers', async () => {
    await using database = await freshDatabase('own');
    await using topic = await freshTopic(2, 'own');
    const map = await writeMap('json.json', {
      fields: {
        id: 'user.id',
        email: 'user.contact.mail',
        updated_at: 'at',
        cdc_operation: { from: 'op', values: { c: 'INSERT', u: 'UPDATE', d: 'DELETE' } },
        cdc_sequence: 'version',
      },
    });
    const producer = kafkaClient().producer();
    await producer.connect();
    const message = (id: number, version: string, op: string) => ({
      key: String(id),
      value: `{"user":{"id":${id},"contact":{"mail":"u${id}@example.org"}},"at":"2024-01-15T10:30:00.1234567Z","op":"${op}","version":${version},"shard":7}`,
    });
    const messages = Array.from({ length: 200 }, (_, id) => [
      message(id, '9007199254740993', 'c'),
      message(id, '9007199254740992', 'u'),
      ...(id % 10 === 0 ? [message(id, '9007199254740994', 'delete')] : []),
    ]);
    await producer.send({ topic: topic.name, messages: messages.flat() });
    await producer.disconnect();

    const env = { DATABASE_URL: database.url, KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name };
    const args = ['--map', map, '--parallelism', '2', '--until-caught-up', '--group-id', topic.name];
    const ran = await run([...args, '--on-too-precise', 'cut'], env);
    expect({ code: ran.code, stderr: ran.stderr }).toEndWith(0);
    expect(ran.lines.at(-1)).toMatchObject({ msg: 'all workers are done', read: 420, parked: 0 });
    const named = ran.lines.filter(({ unknownFields }) => typeof unknownFields === 'object');
    const counts = named.map(({ unknownFields }) => (unknownFields as { shard: number }).shard);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(420);

    const select = `select cdc_operation, count(*)::int, min(updated_at)::text as at, min(email_domain) as domain,
                      min(source_major)::text as least from users_enriched group by 1 order by 1`;
    expect(await rowsOf(database.url, select)).toEqual([
      {
        cdc_operation: 'DELETE',
        count: 20,
        at: '2024-01-15 10:30:00.123456',
        domain: 'example.org',
        least: '9007199254740994',
      },
      {
        cdc_operation: 'INSERT',
        count: 180,
        at: '2024-01-15 10:30:00.123456',
        domain: 'example.org',
        least: '9007199254740993',
      },
    ]);
  });

  test('reads CSV from a topic if the map names the columns, and refuses a map that does not: 2', async () => {
    await using database = await freshDatabase('own');
    await using topic = await freshTopic(1, 'own');
    const producer = kafkaClient().producer();
    await producer.connect();
    await producer.send({ topic: topic.name, messages: [{ value: '1,"a, b"' }, { value: '2' }, { value: null }] });
    await producer.disconnect();
    const env = { DATABASE_URL: database.url, KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name };
    const named = { format: 'csv', columns: ['id', 'city'], orderBy: 'offset' };
    const args = ['--until-caught-up', '--group-id', topic.name, '--map'];
    const ran = await run([...args, await writeMap('named.json', named)], env);
    expect(ran).toMatchObject({ code: 0, done: { read: 3, applied: 1, filtered: 1, parked: 1 } });
    expect(await rowsOf(database.url, 'select city from users_enriched')).toEqual([{ city: 'a, b' }]);

    const { columns: _, ...headless } = named;
    const refused = await run([...args, await writeMap('headless.json', headless)], env);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('the map is for CSV without "columns"');
  });
});
