/** Proves that a port that is taken is named with who has it, and that only a port somebody asked for is an error. */
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

const wish = (asked: number | undefined, lines: string[]) => ({
  asked,
  preferred: port,
  server: 'Kafka',
  flag: '--kafka-port',
  report: (line: string) => void lines.push(line),
});

test('the next port is taken, and that is said once', async () => {
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

test('a port that was asked for and is taken is an error that names it', async () => {
  await expect(startOnFreePort(wish(port, []), async (one) => one)).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringMatching(new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is taken by `)),
    fix: expect.stringContaining('--kafka-port'),
  });
});

test('any free port is as good as another where 0 was asked for', async () => {
  const lines: string[] = [];
  expect(await startOnFreePort(wish(0, lines), async (one) => one)).not.toBe(port);
  expect(lines).toEqual([]);
});
