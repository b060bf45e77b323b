/** Proves that new topics are noticed, and that only a topic that stays missing counts as deleted. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { logEvents } from '../../../services/event-log.ts';
import { silent } from '../../../test/batches.ts';
import { TopicWatch } from './topic-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A watch that gets these lists one after the other, then the last one again and again. */
function watchOver(...lists: (readonly string[] | Error)[]) {
  const changes: (readonly string[])[] = [];
  const lines: string[] = [];
  const say = (_: object, message: string) => void lines.push(message);
  const logger = { ...silent, info: say, warn: say };
  const topics = async () => {
    const list = lists.length > 1 ? lists.shift() : lists[0];
    if (list instanceof Error) throw list;
    return list ?? [];
  };
  const watch: TopicWatch = new TopicWatch({
    topics: { kind: 'matching', pattern: /^t/, every: 10_000 },
    topicLookup: { topics },
    logger,
    events: { emit: logEvents(logger) },
    onChange: () => void changes.push(watch.now),
  });
  return { watch, changes, lines };
}

test('a new topic is reported once, within 30 s (rule 27)', async () => {
  const { watch, changes } = watchOver(['t1'], ['t1', 'x'], ['t2', 't1']);
  watch.start();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(changes).toEqual([['t1'], ['t1', 't2']]);
  expect(watch.cameLater('t1')).toBe(false);
  expect(watch.cameLater('t2')).toBe(true);
  watch.stop();
});

test('a topic that one broker does not know yet does not count as deleted', async () => {
  const { watch, changes } = watchOver(['t1', 't2'], ['t2'], ['t1', 't2']);
  watch.start();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(changes).toEqual([['t1', 't2']]);
  watch.stop();
});

test('a topic missing from two lists is dropped, and a new one is added (rule 27)', async () => {
  const { watch, changes } = watchOver(['t1', 't2'], ['t2'], ['t2', 't3']);
  watch.start();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(changes).toEqual([
    ['t1', 't2'],
    ['t2', 't3'],
  ]);
  watch.stop();
});

test('a pattern without a match is logged once, and the watch waits for a topic', async () => {
  const { watch, lines } = watchOver(['x'], ['x'], ['x'], ['x', 't']);
  let some = false;
  void watch.some().then(() => (some = true));
  watch.start();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(watch.none).toBe(true);
  expect(some).toBe(false);
  expect(lines).toEqual(['no topic matches; new topics that match will be read']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(some).toBe(true);
  expect(watch.none).toBe(false);
  watch.stop();
});

test('an outage is logged once and changes nothing', async () => {
  const outage = new Error('nobody answers');
  const { watch, changes, lines } = watchOver(['t1'], outage, outage, outage, ['t1']);
  watch.start();
  await vi.advanceTimersByTimeAsync(45_000);
  expect(changes).toEqual([['t1']]);
  expect(lines).toEqual([
    'these topics match',
    'Kafka does not list its topics; retrying',
    'Kafka lists its topics again',
  ]);
  watch.stop();
});

test('stopping ends the wait for a topic', async () => {
  const { watch } = watchOver([]);
  watch.start();
  const some = watch.some();
  await vi.advanceTimersByTimeAsync(1);
  watch.stop();
  await some;
  expect(watch.now).toEqual([]);
});
