import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { clearCaches, memoize } from './memo.ts';

test('a value in use is computed once, and the cache never exceeds its limit', () => {
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

test('texts in the same row are never confused, and clearing the caches empties all of them', () => {
  let calls = 0;
  const twice = memoize(8, (text) => {
    calls++;
    return text + text;
  });
  // Both pairs have the same hash: 31 times the first letter plus the second.
  for (const text of ['Aa', 'BB', 'C#', 'Aa', 'BB', '', 'Aa', '', 'AaAa', 'BBBB', 'AaBB', 'BBAa', 'Aa'])
    expect(twice(text)).toBe(text + text);
  const before = calls;
  twice('Aa');
  expect(calls).toBe(before);
  clearCaches();
  twice('Aa');
  expect(calls).toBe(before + 1);
});

test('the value null is also cached', () => {
  let calls = 0;
  const nothing = memoize(8, () => {
    calls++;
    return null;
  });
  expect([nothing('a'), nothing('a')]).toEqual([null, null]);
  expect(calls).toBe(1);
});

test('long keys are not cached', () => {
  let calls = 0;
  const length = memoize(8, (text) => {
    calls++;
    return text.length;
  });
  length('x'.repeat(1000));
  length('x'.repeat(1000));
  expect(calls).toBe(2);
});

test('the cache keeps the key of a large event in memory, not the event', () => {
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
