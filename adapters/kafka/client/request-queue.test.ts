import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkOnlyWaitingRequests } from './request-queue.ts';

type Queue = {
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
  push(request: { readonly entry: object; readonly sendRequest: () => void }): void;
  maybeThrottle(milliseconds: number): void;
  destroy(): void;
};

const RequestQueue: new (options: object) => Queue = createRequire(import.meta.url)(
  'kafkajs/src/network/requestQueue/index.js',
);

checkOnlyWaitingRequests();

const makeQueue = (maxInFlightRequests: number | null = null) =>
  new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 30_000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'b',
    logger: { debug: () => undefined },
  });

/** A request that only records that it was sent. */
const request = (correlationId: number, sendRequest: () => void) => ({
  entry: { correlationId, resolve: () => undefined, reject: () => undefined },
  expectResponse: true,
  requestTimeout: 30_000,
  sendRequest,
});

describe('the request queue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    // First what spies on the fakes, else its restoring would bring them back.
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  test('has no timer while no request is pending', () => {
    const queue = makeQueue();
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
    const sent = vi.fn();
    queue.push(request(1, sent));
    expect(sent).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('sends pending requests once the broker stops throttling, and then has no timer', () => {
    const queue = makeQueue();
    queue.maybeThrottle(5_000);
    const sent = vi.fn();
    queue.push(request(1, sent));
    vi.advanceTimersByTime(4_990);
    expect(sent).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(sent).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('never asks for a negative delay', () => {
    const asked = vi.spyOn(globalThis, 'setTimeout');
    const queue = makeQueue(1);
    for (const id of [1, 2, 3]) queue.push(request(id, () => undefined));
    vi.advanceTimersByTime(100);
    expect(asked).toHaveBeenCalled();
    expect(asked.mock.calls.filter(([, delay]) => (delay ?? 0) < 0)).toEqual([]);
    queue.destroy();
  });
});
