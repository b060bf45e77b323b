/** Proves that a stop drains within a limit, and that source and sink are always closed. */
import { firstValueFrom, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Rejection } from '../schemas/rejection.ts';
import { batch, claimOf, raw, unheard } from '../test/batches.ts';
import { zeroCounts } from './batch.ts';
import type { Events, PipelineEvent } from './events.ts';
import type { Source } from './ports.ts';
import { type Run, runGraph } from './runner.ts';
import type { Committed } from './stages/acknowledge.ts';

const committed: Committed = { counts: { ...zeroCounts, read: 1, applied: 1 }, batches: [] };

/** Returns a receiver that collects the committed transactions. */
const collecting = (emitted: Committed[]): Events => ({
  emit: (event) => {
    if (event.type !== 'committed') return;
    const { type: _, ...one } = event;
    emitted.push(one);
  },
});

function parts(onStop: () => void = () => {}) {
  const calls: string[] = [];
  const source: Source = {
    batches: () => NEVER,
    release: () => {},
    onFenced: () => {},
    postpone: () => {},
    stop: () => {
      calls.push('stop');
      onStop();
    },
    close: async () => void calls.push('source closed'),
  };
  const sink: Run['sink'] = {
    close: async () => void calls.push('sink closed'),
  };
  return { source, sink, calls };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a run ends with its graph, emits every transaction, and closes source and sink', async () => {
  const { source, sink, calls } = parts();
  const emitted: Committed[] = [];
  const graph = of(committed, committed);
  await runGraph({ graph, source, sink, stop: new AbortController().signal, events: collecting(emitted) });
  expect(emitted).toEqual([committed, committed]);
  expect(calls).toEqual(['source closed', 'sink closed']);
});

test('a stop ends reading and waits until the records already read are durable', async () => {
  const graph = new Subject<Committed>();
  const { source, sink, calls } = parts();
  const emitted: Committed[] = [];
  const stop = new AbortController();
  const done = runGraph({ graph, source, sink, stop: stop.signal, events: collecting(emitted) });
  stop.abort();
  expect(calls).toEqual(['stop']);
  graph.next(committed);
  await vi.advanceTimersByTimeAsync(19_000);
  expect(calls).toEqual(['stop']);
  graph.complete();
  await done;
  expect(emitted).toEqual([committed]);
  expect(calls).toEqual(['stop', 'source closed', 'sink closed']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a run that is stopped before its start ends at once', async () => {
  const graph = new Subject<Committed>();
  const { source, sink, calls } = parts(() => graph.complete());
  await runGraph({ graph, source, sink, stop: AbortSignal.abort(), events: unheard });
  expect(calls).toEqual(['stop', 'source closed', 'sink closed']);
});

test('a run that takes too long to drain rejects with not_drained, and closes source and sink', async () => {
  let unsubscribed = false;
  const graph = new Observable<Committed>(() => () => {
    unsubscribed = true;
  });
  const { source, sink, calls } = parts();
  const stop = new AbortController();
  const done = runGraph({ graph, source, sink, stop: stop.signal, events: unheard, drainLimitMs: 500 });
  const failed = expect(done).rejects.toMatchObject({ code: 'not_drained', kind: 'unreachable' });
  stop.abort();
  await vi.advanceTimersByTimeAsync(500);
  await failed;
  expect(unsubscribed).toBe(true);
  expect(calls).toEqual(['stop', 'source closed', 'sink closed']);
});

test('a run rejects with the error of its graph, and closes source and sink', async () => {
  const { source, sink, calls } = parts();
  const graph = throwError(() => new Error('full stop'));
  const run = runGraph({ graph, source, sink, stop: new AbortController().signal, events: unheard });
  await expect(run).rejects.toThrow('full stop');
  expect(calls).toEqual(['source closed', 'sink closed']);
});

test('the sink is closed even if closing the source fails', async () => {
  const { source, sink, calls } = parts();
  const failing = { ...source, close: () => Promise.reject(new Error('cannot leave')) };
  const run = runGraph({
    graph: of(committed),
    source: failing,
    sink,
    stop: new AbortController().signal,
    events: unheard,
  });
  await expect(run).rejects.toThrow('cannot leave');
  expect(calls).toEqual(['sink closed']);
});

test('a run leaves no listener on the stop signal', async () => {
  const { source, sink } = parts();
  const stop = new AbortController();
  const removed = vi.spyOn(stop.signal, 'removeEventListener');
  await runGraph({ graph: of(committed), source, sink, stop: stop.signal, events: unheard });
  expect(removed).toHaveBeenCalledOnce();
  expect(await firstValueFrom(of(stop.signal.aborted))).toBe(false);
});

test('a run emits parked records by partition, before their transaction', async () => {
  const { source, sink } = parts();
  const rejection = new Rejection('missing_field', 'no id', 'id');
  const parked = [{ record: raw('{}'), stage: 'decode' as const, rejection }];
  const one = { counts: zeroCounts, batches: [batch(claimOf(3), 0, [], { parked }), batch(claimOf(4), 0, [])] };
  const emitted: PipelineEvent[] = [];
  const events = { emit: (event: PipelineEvent) => void emitted.push(event) };
  await runGraph({ graph: of(one), source, sink, stop: new AbortController().signal, events });
  expect(emitted).toEqual([
    { type: 'parked', topic: 't', partition: 3, reasons: [['missing_field (id)', 1]] },
    { type: 'committed', ...one },
  ]);
});
