import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { forgetAll, memoize } from './memo.ts';

test('computes once for a value in use, and never holds more than its limit', () => {
  let calls = 0;
  const length = memoize(8, (text) => {
    calls++;
    return text.length;
  });
  length('in use');
  for (let i = 0; i < 1000; i++) {
    length(`other ${i}`);
    expect(length('in use')).toBe(6);
  }
  expect(calls).toBe(1001);
  length('other 3');
  expect(calls).toBe(1002);
});

test('texts that share a place are never taken for each other, and all are forgotten when told to', () => {
  let calls = 0;
  const twice = memoize(8, (text) => {
    calls++;
    return text + text;
  });
  // 31 times the first letter and the second is the same number.
  for (const text of ['Aa', 'BB', 'C#', 'Aa', 'BB', '', 'Aa', '', 'AaAa', 'BBBB', 'AaBB', 'BBAa', 'Aa'])
    expect(twice(text)).toBe(text + text);
  const before = calls;
  twice('Aa');
  expect(calls).toBe(before);
  forgetAll();
  twice('Aa');
  expect(calls).toBe(before + 1);
});

test('null is an answer too', () => {
  let calls = 0;
  const nothing = memoize(8, () => {
    calls++;
    return null;
  });
  expect([nothing('a'), nothing('a')]).toEqual([null, null]);
  expect(calls).toBe(1);
});

test('long keys are not kept', () => {
  let calls = 0;
  const length = memoize(8, (text) => {
    calls++;
    return text.length;
  });
  length('x'.repeat(1000));
  length('x'.repeat(1000));
  expect(calls).toBe(2);
});

test('what is kept of a large event is the key, not the event', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const itself = memoize(2_000, (text) => ({ text }));
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  for (let i = 0; i < 1_000; i += 1)
    itself(Buffer.alloc(50_000, `${i} is somebody@example.org, `).toString().slice(9, 40));
  expect(used() - before).toBeLessThan(5_000_000);
});
