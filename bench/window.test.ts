import { expect, test } from 'vitest';
import type { Part, Report } from './protocol.ts';
import { measurementOf, Progress } from './window.ts';

const report = (at: number, ...parts: Part[]): Report => ({ at, took: null, parts });
const took = (at: number, ms: number): Report => ({ at, took: ms, parts: [] });

test('a measurement goes from the first report of the last partition to the last transaction', () => {
  const measured = measurementOf([
    report(1000, [0, 1, 0, 500]),
    took(1400, 99),
    report(1500, [1, 1, 0, 500]),
    took(2400, 7),
    report(2500, [0, 1, 500, 800], [1, 1, 500, 900]),
    report(3500, [1, 1, 900, 1200]),
  ]);
  expect(measured).toEqual({
    start: 1500,
    end: 3500,
    seconds: 2,
    events: 1000,
    perSecond: 500,
    commits: [7],
    meanRecords: 500,
  });
});

test('reports of an earlier claim do not count, nor does the time before the last claim', () => {
  const measured = measurementOf([
    report(0, [0, 1, 0, 10], [1, 1, 0, 10]),
    report(1000, [0, 1, 10, 20], [1, 1, 10, 20]),
    report(5000, [0, 2, 20, 30]),
    report(6000, [1, 2, 0, 10]),
    report(7000, [0, 2, 30, 40], [1, 2, 10, 30]),
  ]);
  expect(measured).toMatchObject({ start: 6000, end: 7000, events: 30 });
});

test('reports of several processes are sorted, and the first events can be left out', () => {
  const measured = measurementOf(
    [report(3000, [0, 1, 200, 300]), report(1000, [0, 1, 0, 100]), report(2000, [0, 1, 100, 200])],
    150,
  );
  expect(measured).toMatchObject({ start: 2000, end: 3000, events: 100, perSecond: 100 });
});

test('too few events are an error', () => {
  expect(() => measurementOf([report(1000, [0, 1, 0, 100])])).toThrow('nothing to measure after 100 events');
  expect(() => measurementOf([])).toThrow('nothing to measure');
});

test('progress is counted by offsets, so events that are read twice count once', () => {
  const done = new Progress();
  done.add(report(0, [0, 1, 0, 100], [1, 1, 0, 50]));
  expect(done.events).toBe(150);
  done.add(report(1, [0, 2, 0, 40]));
  done.add(report(2, [0, 1, 100, 110]));
  expect(done.events).toBe(90);
});
