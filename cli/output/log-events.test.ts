/** Proves what a run logs: every ten seconds, when it parks records, and at its end. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Batch } from '../../pipeline/batch.ts';
import { EventStream } from '../../pipeline/events.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { Progress } from '../../pipeline/progress.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { ServiceEvent } from '../../services/events.ts';
import { reporting } from '../../services/reading/reports.ts';
import { requireNoneParked } from './dead-letter-query.ts';
import { commandLog } from './log-events.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** No server answers there, so the start of the run is unknown and the query covers all dead letters. */
const database = { host: '127.0.0.1', port: 1, database: 'd', user: 'u', password: undefined };
const pipeline = "it's";

function recorder() {
  const lines: [level: string, fields: Record<string, unknown>, message: string][] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push([level, { ...fields }, message]);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const events = new EventStream<ServiceEvent>();
  events.subscribe(commandLog(logger, { pipeline }));
  return { lines, events };
}

function commit(progress: Progress, applied: number, parked: number): void {
  const rejected = {
    record: {} as never,
    stage: 'decode' as const,
    rejection: new Rejection('missing_field', '', 'id'),
  };
  const batch = { parked: Array.from({ length: parked }, () => rejected) } as unknown as Batch<unknown>;
  progress.add({ counts: { read: applied + parked, applied, superseded: 0, filtered: 0, parked }, batches: [batch] });
}

/** Lets the progress line be written, which waits for the lag. */
const tick = async () => {
  vi.advanceTimersByTime(10_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
};

test('the progress line has the lag, and is a warning only if records were parked since the last one', async () => {
  const { lines, events } = recorder();
  const progress = new Progress(Date);
  const lag = async () => ({ lagRecords: 7, lagSeconds: 3 });
  const parked = await reporting({ events, progress, database, pipeline, lag }, async () => {
    commit(progress, 5, 0);
    await tick();
    commit(progress, 3, 2);
    await tick();
    commit(progress, 4, 0);
    await tick();
  });
  expect(parked).toBe(2);
  expect(lines.map(([level, { lagRecords, lagSeconds }, message]) => [level, lagRecords, lagSeconds, message])).toEqual(
    [
      ['info', 7, 3, 'written'],
      ['warn', 7, 3, 'written, 2 parked; since the start missing_field (id) ×2'],
      ['info', 7, 3, 'written'],
      ['info', undefined, undefined, 'done'],
      [
        'warn',
        undefined,
        undefined,
        expect.stringMatching(
          /^2 records parked: missing_field \(id\) ×2; npx sluice sql "SELECT .* WHERE pipeline = 'it''s' GROUP/,
        ),
      ],
    ],
  );
});

test('an unknown lag does not delay the progress line, and a failing run reports what it parked', async () => {
  const { lines, events } = recorder();
  const progress = new Progress(Date);
  const lag = () => Promise.reject(new Error('Kafka is away'));
  const failing = reporting({ events, progress, database, pipeline, lag }, async () => {
    commit(progress, 1, 1);
    await tick();
    throw new Error('it ended');
  });
  await expect(failing).rejects.toThrow('it ended');
  expect(lines.map(([level, , message]) => [level, message.split(';')[0]])).toEqual([
    ['debug', 'could not measure the lag of this process'],
    ['warn', 'written, 1 parked'],
    ['warn', '1 record parked: missing_field (id) ×1'],
  ]);
});

test('a run without parked records reports none and does not fail', async () => {
  const { lines, events } = recorder();
  expect(await reporting({ events, progress: new Progress(Date), database, pipeline }, async () => {})).toBe(0);
  expect(lines.map(([level, , message]) => [level, message])).toEqual([['info', 'done']]);
  expect(() => requireNoneParked(0)).not.toThrow();
  expect(() => requireNoneParked(2)).toThrow('2 records were parked');
});
