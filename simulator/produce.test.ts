import type { Producer } from 'kafkajs';
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { compressionType } from './compression.ts';
import { type Outgoing, produce } from './produce.ts';
import { RateLimit } from './rate-limit.ts';

/** A clock that only advances during `sleep`. */
function fakeClock(): Clock & { ms: number } {
  return {
    ms: 0,
    now() {
      return this.ms;
    },
    async sleep(ms) {
      this.ms += ms;
    },
  };
}

/** A producer that records the messages of each request. */
function recorder(fail?: (request: number) => Error | undefined) {
  const requests: string[][] = [];
  let inFlight = 0;
  const send = async ({ messages }: { messages: Outgoing[] }) => {
    inFlight += 1;
    expect(inFlight).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight -= 1;
    const error = fail?.(requests.length);
    if (error) throw error;
    requests.push(messages.map(({ value }) => value.toString()));
    return [];
  };
  return { requests, producer: { send } as unknown as Producer };
}

async function* numbers(count: number, group = 7): AsyncGenerator<Outgoing[]> {
  for (let i = 0; i < count; i += group) {
    yield Array.from({ length: Math.min(group, count - i) }, (_, j) => ({
      key: 'k',
      value: Buffer.from(String(i + j)),
    }));
  }
}

const options = (clock: Clock, more: object = {}) => ({
  topic: 't',
  batchSize: 10,
  lingerMs: 5,
  compression: compressionType('none'),
  rate: null,
  clock,
  signal: undefined,
  onSent: () => undefined,
  ...more,
});

test('everything is sent once, in order, in full batches, one request at a time', async () => {
  const { requests, producer } = recorder();
  await produce(producer, numbers(95), options(fakeClock()));
  expect(requests.map((request) => request.length)).toEqual([...new Array(9).fill(10), 5]);
  expect(requests.flat()).toEqual(Array.from({ length: 95 }, (_, i) => String(i)));
});

test('the rate is kept, and a partial batch waits at most for the linger time', async () => {
  const clock = fakeClock();
  const { requests, producer } = recorder();
  await produce(producer, numbers(200), options(clock, { rate: new RateLimit(100, 0) }));
  expect(clock.ms).toBeGreaterThan(1900);
  expect(clock.ms).toBeLessThan(2100);
  expect(requests.flat().length).toBe(200);
  expect(Math.max(...requests.map((request) => request.length))).toBeLessThanOrEqual(6);
});

test('an abort sends the messages already read and stops', async () => {
  const stop = new AbortController();
  const { requests, producer } = recorder();
  async function* endless() {
    for (let i = 0; ; i += 1) {
      if (i === 25) stop.abort();
      yield [{ key: 'k', value: Buffer.from(String(i)) }];
    }
  }
  await produce(producer, endless(), options(fakeClock(), { signal: stop.signal }));
  expect(requests.flat()).toEqual(Array.from({ length: 25 }, (_, i) => String(i)));
});

test('a rejected request is thrown, and nothing is sent after it', async () => {
  const { requests, producer } = recorder((request) => (request === 2 ? new Error('refused') : undefined));
  await expect(produce(producer, numbers(95), options(fakeClock()))).rejects.toThrow('refused');
  expect(requests.flat()).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
});

test('an error of the source is thrown after the messages before it were sent', async () => {
  const { requests, producer } = recorder();
  async function* broken() {
    yield* numbers(12);
    throw new Error('unreadable');
  }
  await expect(produce(producer, broken(), options(fakeClock()))).rejects.toThrow('unreadable');
  expect(requests.flat().length).toBe(12);
});

test('requests stay below the limit in bytes', async () => {
  const { requests, producer } = recorder();
  async function* large() {
    for (let i = 0; i < 10; i += 1) yield [{ key: 'k', value: Buffer.alloc(200_000) }];
  }
  await produce(producer, large(), options(fakeClock()));
  expect(requests.map((request) => request.length)).toEqual([2, 2, 2, 2, 2]);
});

test('codecs have their Kafka names', () => {
  expect(['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(compressionType)).toEqual([0, 1, 2, 3, 4]);
  expect(() => compressionType('rar')).toThrow("compression 'rar' is unknown; expected one of none, gzip");
});
