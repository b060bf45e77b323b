/** Proves that an outage is retried, that other errors end the pipeline, and that lost claims write nothing. */

import { lastValueFrom, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { diagnose } from '../../services/diagnose.ts';
import { logEvents } from '../../services/event-log.ts';
import { batch, claimOf, silent, unheard } from '../../test/batches.ts';
import { type Batch, zeroCounts } from '../batch.ts';
import type { Change } from '../change.ts';
import type { Events } from '../events.ts';
import { nothingWritten, type Sink, type Written } from '../ports.ts';
import { type GroupResult, writeGroup } from './write.ts';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

/** A sink that follows a script: an error to throw, or `ok`. */
class ScriptedSink implements Sink<Change> {
  readonly server = 'a server';
  readonly diagnose = diagnose;
  readonly calls: { lane: number; group: readonly Batch<Change>[] }[] = [];
  readonly #script: (Error | 'ok')[];

  constructor(...script: (Error | 'ok')[]) {
    this.#script = script;
  }

  async write(lane: number, group: readonly Batch<Change>[]): Promise<Written<Change>> {
    this.calls.push({ lane, group });
    const next = this.#script.shift() ?? 'ok';
    if (next !== 'ok') throw next;
    return {
      ...nothingWritten,
      committed: group,
      counts: { ...zeroCounts, read: group.length, applied: group.length },
    };
  }

  async close(): Promise<void> {}
}

const batches = [batch<Change>(claimOf(0), 0, []), batch<Change>(claimOf(1), 0, [])];

const run = (
  sink: Sink<Change>,
  group: readonly Batch<Change>[] = batches,
  events: Events = unheard,
): Observable<GroupResult<Change>> => writeGroup(3, { sink, events })(group);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a group', () => {
  test('is written once, in its lane, and its record counts are passed on', async () => {
    const sink = new ScriptedSink();
    const result = await lastValueFrom(run(sink));
    expect(result).toEqual({
      ...nothingWritten,
      committed: batches,
      dropped: [],
      counts: { ...zeroCounts, read: 2, applied: 2 },
    });
    expect(sink.calls).toEqual([{ lane: 3, group: batches }]);
  });

  test('is written again unchanged after each outage, with growing delays and few log lines', async () => {
    const outages = ['08006', 'ECONNREFUSED', '57P03', '40P01', '53300', '55P03'].map(withCode);
    const sink = new ScriptedSink(...outages);
    const levels: string[] = [];
    const logger = { ...silent, info: () => void levels.push('info'), warn: () => void levels.push('warn') };
    const done = lastValueFrom(run(sink, batches, { emit: logEvents(logger) }));
    await vi.advanceTimersByTimeAsync(0);
    expect(sink.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(49);
    expect(sink.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await done).toMatchObject({ committed: batches });
    expect(sink.calls).toHaveLength(7);
    expect(sink.calls.every(({ group }) => group[0] === batches[0] && group.length === 2)).toBe(true);
    // Attempts 1, 2 and 4 are logged, and the end of the outage.
    expect(levels).toEqual(['warn', 'warn', 'warn', 'info']);
  });

  test('is retried through an outage of a day', async () => {
    const sink = new ScriptedSink(...Array.from({ length: 5_000 }, () => withCode('ECONNREFUSED')));
    const done = lastValueFrom(run(sink));
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(await done).toMatchObject({ committed: batches });
  });

  test.each(['42P01', '28P01', 'XX000', '0A000', '22003', 'P0001'])('is not retried after %s', async (code) => {
    const sink = new ScriptedSink(withCode(code));
    const failed = expect(lastValueFrom(run(sink))).rejects.toThrow(code);
    await vi.advanceTimersByTimeAsync(60_000);
    await failed;
    expect(sink.calls).toHaveLength(1);
  });

  test('is not retried if it is unsubscribed during an outage', async () => {
    const sink = new ScriptedSink(withCode('08006'));
    const subscription = run(sink).subscribe();
    await vi.advanceTimersByTimeAsync(0);
    subscription.unsubscribe();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sink.calls).toHaveLength(1);
  });
});

describe('batches of a lost claim', () => {
  const lost = { ...claimOf(0), revoked: true };

  test('are dropped unwritten, and the others are written', async () => {
    const sink = new ScriptedSink();
    const dropped = batch<Change>(lost, 0, []);
    const kept = batch<Change>(claimOf(1), 0, []);
    const result = await lastValueFrom(run(sink, [dropped, kept, dropped]));
    expect(result).toMatchObject({ committed: [kept], dropped: [dropped, dropped] });
    expect(sink.calls.map(({ group }) => group)).toEqual([[kept]]);
  });

  test('are dropped without a call of the sink if there are no others', async () => {
    const sink = new ScriptedSink();
    const dropped = batch<Change>(lost, 0, []);
    expect(await lastValueFrom(run(sink, [dropped]))).toEqual({
      ...nothingWritten,
      dropped: [dropped],
    });
    expect(sink.calls).toEqual([]);
  });
});
