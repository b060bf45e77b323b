/** Proves that each command ends with the documented exit code and a true message after Ctrl-C at various moments. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic, kafkaClient } from '../test/context.ts';
import { type Running, sluice, start, until } from '../test/sluice.ts';

/** Time limit in milliseconds for a command to end after a stop that has nothing to write. */
const prompt = 5_000;

/** Time limit in milliseconds for a busy machine to reach the moment of the stop. */
const slow = 90_000;

type End = { readonly code: number | null; readonly stderr: string; readonly stdout: string; readonly took: number };

/** Sends the signal once the output matches `moment`. Returns how the command ended. */
async function stopAt(running: Running, moment: RegExp, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<End> {
  await until(async () => moment.test(running.said()), `the command says ${moment}`, slow).catch((error: unknown) => {
    throw new Error(`it said: ${running.said()}`, { cause: error });
  });
  const sent = Date.now();
  running.kill(signal);
  const finished = await running.finished;
  return { ...finished, took: Date.now() - sent };
}

/** Expects no error and no bug report: a requested stop is neither. */
function expectHonest({ stderr, stdout }: End): void {
  expect(stderr + stdout).not.toMatch(/please report|unexpected|SIGINT|\bat .*\.ts:\d/i);
}

describe('a command that waits for a server', () => {
  const sockets = new Set<Socket>();
  // A server that accepts connections but never answers.
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  let port = 0;

  beforeAll(async () => {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address !== null && typeof address === 'object') port = address.port;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test.each<[string, readonly string[], 'SIGINT' | 'SIGTERM', number, RegExp]>([
    ['run', [], 'SIGINT', 0, /stopped by Ctrl-C/],
    ['run', ['--source', 'file:data/sample_events.json'], 'SIGTERM', 0, /stopped by SIGTERM/],
    ['replicate', [], 'SIGINT', 0, /stopped by Ctrl-C/],
    ['simulate', [], 'SIGINT', 130, /stopped by Ctrl-C/],
    ['status', [], 'SIGTERM', 143, /stopped by SIGTERM/],
    ['sql', ['select 1'], 'SIGINT', 130, /stopped by Ctrl-C/],
    [
      'connector create',
      ['--tables', 'public.*'],
      'SIGINT',
      130,
      /may have been created.*`npx sluice connector status`/,
    ],
  ])('%s %j ends promptly at %s with %i', async (words, args, signal, code, says) => {
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}`,
      DATABASE_URL: `postgresql://u:p@127.0.0.1:${port}/d`,
      TARGET_URL: `postgresql://u:p@127.0.0.1:${port}/d`,
      SOURCE_URL: `postgresql://u:p@127.0.0.1:${port}/s`,
      KAFKA_CONNECT_URL: `http://127.0.0.1:${port}`,
    };
    const before = sockets.size;
    const running = start([...words.split(' '), ...args], { env });
    await until(async () => sockets.size > before, 'the command has connected', slow);
    const end = await stopAt(running, /^/, signal);
    expect(end).toMatchObject({ code, stderr: expect.stringMatching(says) });
    expect(end.took).toBeLessThan(prompt);
    expectHonest(end);
  });
});

test('enrich stops in the middle of its input', async () => {
  const running = start(['enrich', '--on-too-long', 'park', '/dev/zero']);
  const end = await stopAt(running, /^/);
  expect([130, null]).toContain(end.code);
  expectHonest(end);
});

describeServers('with servers', () => {
  test('simulate ends with 130 before its count is reached, and reports how many events were sent', async () => {
    await using topic = await freshTopic(2, 'stop');
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name };
    const running = start(['simulate', '--count', '1000000', '--rate', '500'], { env });
    const admin = kafkaClient().admin();
    await admin.connect();
    const sent = async () => (await admin.fetchTopicOffsets(topic.name)).some(({ offset }) => offset !== '0');
    await until(sent, 'events are sent', slow).finally(() => admin.disconnect());
    const end = await stopAt(running, /^/);
    expect(end).toMatchObject({ code: 130, stderr: expect.stringMatching(/sent \d+ events[\s\S]*stopped by Ctrl-C/) });
    expectHonest(end);
  });

  test('simulate --continuous ends with 0 after a stop', async () => {
    await using topic = await freshTopic(2, 'stop');
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name };
    const end = await stopAt(start(['simulate', '--continuous'], { env }), /next cycle|waiting|in \d/i);
    expect(end.code).toBe(0);
    expectHonest(end);
  });

  test('run writes what it has read and ends with 0', async () => {
    await using database = await freshDatabase('stop');
    await using topic = await freshTopic(2, 'stop');
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name, DATABASE_URL: database.url };
    expect(await sluice(['simulate', '--count', '2000'], { env })).toEndWith(0);
    const end = await stopAt(start(['run'], { env }), /brought the schema|claimed|owns|started/);
    expect(end).toMatchObject({ code: 0, stderr: expect.stringContaining('"done"') });
    expectHonest(end);
  });

  test('the demo stops before and after its result', async () => {
    await using database = await freshDatabase('stop');
    await using topic = await freshTopic(2, 'stop');
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      KAFKA_TOPIC: topic.name,
      DATABASE_URL: database.url,
      KAFKA_GROUP_ID: topic.name,
    };
    const before = await stopAt(start(['demo'], { env, limit: slow }), /Kafka .*PostgreSQL/);
    expect(before).toMatchObject({ code: 130, stderr: expect.stringContaining('stopped by Ctrl-C') });
    expectHonest(before);
    const after = await stopAt(start(['demo'], { env, limit: slow }), /Ctrl-C stops everything/);
    expect(after).toMatchObject({ code: 0, stdout: expect.stringMatching(/\] stopped; .*\n$/) });
    expectHonest(after);
  });

  test.each([/local stack/, /PostgreSQL: .*ready|Kafka: .*ready/])(
    'stack up and the demo stop while servers start (%s), and leave no server behind',
    async (moment) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-stop-'));
      const env = { SLUICE_DIR: folder, SLUICE_COMMAND: 'sluice' };
      try {
        const end = await stopAt(start(['demo'], { env, limit: slow }), moment);
        expect(end).toMatchObject({ code: 130, stderr: expect.stringContaining('sluice: stopped by Ctrl-C\n') });
        expect(end.stderr).not.toMatch(/still run/);
        expectHonest(end);
        const { stdout } = await sluice(['stack', 'status'], { env });
        expect(stdout).not.toMatch(/ready|starting/);

        const up = start(['stack', 'up'], { env, limit: slow });
        await until(async () => existsSync(join(folder, 'stack.lock')), 'the stack is being brought up', slow);
        const ended = await stopAt(up, /^/);
        expect(ended).toMatchObject({
          code: 130,
          stderr: expect.stringContaining('stopped again; `sluice stack status`'),
        });
        expectHonest(ended);
        expect((await sluice(['stack', 'status'], { env })).stdout).not.toMatch(/ready|starting/);
      } finally {
        await sluice(['stack', 'destroy'], { env });
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
