/** Proves that a taken port is reported with the process that has it, and is an error only if it was requested. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOnFreePort } from './start-on-free-port.ts';

const holder = createServer();
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => void holder.close());

const wish = (requested: number | undefined, lines: string[]) => ({
  requested,
  preferred: port,
  server: 'Kafka',
  flag: '--kafka-port',
  report: (line: string) => void lines.push(line),
});

test('the next port is used when the preferred one is taken, with one line about it', async () => {
  const lines: string[] = [];
  const started = await startOnFreePort(wish(undefined, lines), async (one) => one);
  expect(started).toBeGreaterThan(port);
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(`^Kafka: port ${port} is taken by .+, so it gets ${started}; --kafka-port chooses another$`),
    ),
  ]);
  if (process.platform === 'linux') expect(lines[0]).toContain(`(pid ${process.pid})`);
});

test('a requested port that is taken is an error that names it', async () => {
  await expect(startOnFreePort(wish(port, []), async (one) => one)).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringMatching(new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is taken by `)),
    fix: expect.stringContaining('--kafka-port'),
  });
});

test('any free port is used when 0 was requested, without a line about it', async () => {
  const lines: string[] = [];
  expect(await startOnFreePort(wish(0, lines), async (one) => one)).not.toBe(port);
  expect(lines).toEqual([]);
});
