/** Proves that a stopped pipeline can be moved to any position of its topic or file, and reads on from there. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, type FreshDatabase, freshDatabase, freshTopic } from '../test/context.ts';
import { sluice, start, until } from '../test/sluice.ts';
import { deleteUpTo, events, produce, recreate } from '../test/source-worker.ts';

async function rows(database: FreshDatabase, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const users = (database: FreshDatabase) =>
  rows(database, 'select id, first_name, source_major from users_enriched order by id');
const counts = async (database: FreshDatabase) =>
  (await rows(database, 'select sum(read)::int as read, sum(applied)::int as applied from sluice.checkpoint'))[0];

describeServers('reset', () => {
  const setUp = (database: FreshDatabase, topic: string) => {
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      DATABASE_URL: database.url,
      KAFKA_TOPIC: topic,
      SLUICE_DIR: '/nonexistent',
    };
    return {
      run: (...args: string[]) => sluice(['run', '--until-caught-up', ...args], { env }),
      reset: (...args: string[]) => sluice(['reset', ...args], { env }),
      start: () => start(['run'], { env }),
      status: () => sluice(['status'], { env }),
    };
  };

  test('to earliest reads everything again: it refills an emptied table, and does not change a full one', async () => {
    await using database = await freshDatabase('reset');
    await using topic = await freshTopic(2);
    await produce(topic.name, events(1, 30, { first_name: 'a' }));
    const { run, reset } = setUp(database, topic.name);
    expect((await run()).code).toBe(0);
    const before = await users(database);
    expect(before).toHaveLength(30);

    await rows(database, 'truncate users_enriched');
    const ignored = await run('--from', 'earliest');
    expect(ignored.stderr).toMatch(
      new RegExp(
        `--from is ignored: pipeline sluice-users has a checkpoint at ${topic.name}/0: .*npx sluice reset --group-id sluice-users --to earliest`,
      ),
    );
    expect(await users(database)).toEqual([]);

    const dry = await reset('--to', 'earliest', '--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing was changed; .* read up to 30 records again/),
    });
    expect(await counts(database)).toEqual({ read: 30, applied: 30 });
    expect((await run()).code).toBe(0);
    expect(await users(database)).toEqual([]);

    expect(await reset('--to', 'earliest')).toEndWith(0);
    expect((await run()).code).toBe(0);
    expect(await users(database)).toEqual(before);

    expect((await reset('--to', 'earliest')).code).toBe(0);
    expect((await run()).code).toBe(0);
    expect(await users(database)).toEqual(before);
    // Counters only grow: a record that is read again counts again.
    expect(await counts(database)).toEqual({ read: 90, applied: 60 });
  });

  test('moves to an offset of one partition, to offsets, to a time and to the end', async () => {
    await using database = await freshDatabase('reset');
    await using topic = await freshTopic(2);
    const minute = 60_000;
    const at = (ago: number) => String(Date.now() - ago * minute);
    for (const partition of [0, 1]) {
      const messages = events(1 + 10 * partition, 10).map((one, index) => ({
        ...one,
        timestamp: at(100 - 10 * index),
      }));
      await produce(topic.name, messages, partition);
    }
    const { run, reset } = setUp(database, topic.name);
    await run();
    const next = async () =>
      (await rows(database, 'select next_offset::int as next from sluice.checkpoint order by partition')).map(
        (one) => one.next,
      );
    const epochs = () => rows(database, 'select sum(owner_epoch)::int as epochs from sluice.checkpoint');

    const [before] = await epochs();
    expect((await reset('--to', '4', '--partition', '1')).code).toBe(0);
    expect(await next()).toEqual([10, 4]);
    expect(Number((await epochs())[0]?.epochs)).toBe(Number(before?.epochs) + 1);
    expect((await reset('--to', '0:7,1:10')).code).toBe(0);
    expect(await next()).toEqual([7, 10]);
    // The records of the last 30 minutes.
    expect((await reset('--to', new Date(Date.now() - 35 * minute).toISOString())).code).toBe(0);
    expect(await next()).toEqual([7, 7]);
    await rows(database, 'truncate users_enriched');
    await run();
    expect((await users(database)).map(({ id }) => Number(id))).toEqual([8, 9, 10, 18, 19, 20]);
    await reset('--to', 'earliest');
    const moved = JSON.parse((await reset('--to', 'latest', '--json')).stdout);
    expect(moved).toEqual([0, 1].map((partition) => ({ topic: topic.name, partition, from: 0, to: 10 })));
    expect(await next()).toEqual([10, 10]);
  });

  test('refuses positions that the topic or the pipeline does not have', async () => {
    await using database = await freshDatabase('reset');
    await using topic = await freshTopic(2);
    await produce(topic.name, events(1, 10), 0);
    const { run, reset } = setUp(database, topic.name);
    await run();
    const refused: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
      [['--to', '5'], 2, /an offset applies to one partition/],
      [['--to', '0:11'], 2, /partition 0 has no offset 11.*\n.*from 0 to 10/],
      [['--to', '2:0'], 2, /has no partition 2: it has 2/],
      [['--to', '0:1', '--partition', '0'], 2, /leave out --partition/],
      [[], 2, /--to is needed/],
      [['--to', 'yesterday'], 2, /--to: expected earliest, latest, a time/],
      [
        ['--to', 'latest', '--group-id', 'nobody'],
        1,
        /pipeline nobody has no checkpoint \[no_checkpoint\]\n.*npx sluice pipelines list/,
      ],
    ];
    const ended = await Promise.all(refused.map(([args]) => reset(...args)));
    for (const [index, [, code, says]] of refused.entries()) {
      expect(ended[index]).toMatchObject({ code, stderr: expect.stringMatching(says) });
    }
    const places = 'select next_offset::int as next from sluice.checkpoint order by partition';
    expect(await rows(database, places)).toEqual([{ next: 10 }, { next: 0 }]);
  });

  test('is refused while the pipeline runs', async () => {
    await using database = await freshDatabase('reset');
    await using topic = await freshTopic(1);
    await produce(topic.name, events(1, 3));
    const { start: begin, reset } = setUp(database, topic.name);
    const running = begin();
    try {
      const durable = async () => (await counts(database).catch(() => undefined))?.read === 3;
      await until(durable, 'it has read everything');
      const refused = await reset('--to', 'earliest');
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/is running: 1 process is in its consumer group \[pipeline_running\]\n.*Ctrl-C/),
      });
    } finally {
      running.kill('SIGTERM');
      await running.finished;
    }
    expect((await reset('--to', 'earliest')).code).toBe(0);
  });

  test('repairs a lost position after records were deleted', async () => {
    await using database = await freshDatabase('reset');
    await using topic = await freshTopic(1);
    const { run, reset } = setUp(database, topic.name);
    await produce(topic.name, events(1, 10));
    await run();
    await rows(database, 'update sluice.checkpoint set next_offset = 2');
    await deleteUpTo(topic.name, 5);
    expect((await run()).stderr).toContain('[lost_position]');
    expect((await reset('--to', 'earliest')).stdout).toMatch(/ 2 +5 +0 +3\n/);
    expect((await run()).code).toBe(0);
  });

  test('repairs a lost position after the topic was recreated', async () => {
    await using database = await freshDatabase('reset');
    await using topic = await freshTopic(1);
    const { run, reset, status } = setUp(database, topic.name);
    await produce(topic.name, events(1, 10));
    await run();
    await recreate(topic.name);
    await produce(topic.name, [...events(100, 4), { value: 'no json' }]);
    expect((await run()).stderr).toContain('[lost_position]');
    expect((await reset('--to', 'earliest')).code).toBe(0);
    const again = await run();
    expect(again.code, again.stderr).toBe(0);
    expect((await users(database)).map(({ id }) => Number(id)).slice(-4)).toEqual([100, 101, 102, 103]);
    expect((await status()).stdout).toMatch(/^idle: /);
  });

  test('of a file counts its records', async () => {
    await using database = await freshDatabase('reset');
    const folder = await mkdtemp(join(tmpdir(), 'sluice-reset-'));
    const path = join(folder, 'events.jsonl');
    await writeFile(
      path,
      events(1, 5)
        .map(({ value }) => `${value}\n`)
        .join(''),
    );
    const env = { DATABASE_URL: database.url, SLUICE_DIR: '/nonexistent' };
    const run = () => sluice(['run', '--source', `file:${path}`], { env });
    const reset = (...args: string[]) => sluice(['reset', ...args], { env });
    try {
      await run();
      await rows(database, 'truncate users_enriched');
      expect((await reset('--to', '3', '--source', `file:${path}`)).code).toBe(0);
      await run();
      expect((await users(database)).map(({ id }) => Number(id))).toEqual([4, 5]);
      expect((await reset('--to', '6')).stderr).toMatch(/has no record 6 \[offset_out_of_range\]/);
      expect((await reset('--to', '2024-01-01')).code).toBe(2);
      expect((await reset('--to', 'earliest')).code).toBe(0);
      expect((await run()).code).toBe(0);
      expect(await users(database)).toHaveLength(5);
      expect((await reset('--to', 'earliest')).code).toBe(0);
      expect((await reset('--to', 'latest')).code).toBe(0);
      expect((await run()).code).toBe(0);
      expect(await counts(database)).toEqual({ read: 12, applied: 10 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('of a replica reads its snapshot and its changes again, and ends with the same rows', async () => {
    await using target = await freshDatabase('reset');
    const schema = `s${randomUUID().slice(0, 8)}`;
    await using topic = await freshTopic(1, 'cdc', bootstrap(), `.${schema}.t`);
    await rows(target, `create schema ${schema}; create table ${schema}.t (id bigint primary key, v text)`);
    type Change = { op: string; lsn: number; id: number; v?: string; snapshot?: string };
    const message = ({ op, lsn, id, v = '', snapshot = 'false' }: Change) => {
      const source = { schema, table: 't', lsn, sequence: `["${lsn - 1}","${lsn}"]`, snapshot, ts_ms: lsn };
      const [before, after] = op === 'd' ? [{ id, v }, null] : [null, { id, v }];
      return { key: JSON.stringify({ id }), value: JSON.stringify({ before, after, source, op, ts_ms: lsn }) };
    };
    const changes: readonly Change[] = [
      { op: 'r', lsn: 5, id: 1, v: 'old', snapshot: 'true' },
      { op: 'r', lsn: 5, id: 2, v: 'old', snapshot: 'last' },
      { op: 'u', lsn: 10, id: 1, v: 'new' },
      { op: 'd', lsn: 11, id: 2 },
      { op: 'c', lsn: 12, id: 3, v: 'made' },
    ];
    await produce(topic.name, changes.map(message));
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), TARGET_URL: target.url, SLUICE_DIR: '/nonexistent' };
    const which = ['--topics', `\\.${schema}\\.t$`, '--group-id', schema];
    const replicate = () => sluice(['replicate', ...which, '--until-caught-up', '--fail-on-parked'], { env });
    const found = () => rows(target, `select id, v from ${schema}.t order by id`);
    const once = await replicate();
    expect(once.code, once.stderr).toBe(0);
    const before = await found();
    expect(before).toEqual([
      { id: '1', v: 'new' },
      { id: '3', v: 'made' },
    ]);
    expect((await sluice(['reset', ...which, '--to', 'earliest'], { env })).code).toBe(0);
    const twice = await replicate();
    expect(twice.code, twice.stderr).toBe(0);
    expect(await found()).toEqual(before);
    expect((await counts(target))?.read).toBe(10);
  });
});
