import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberSpans } from './members.ts';

test('spans hold exactly the values that JSON.parse finds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), (object, pretty) => {
      const text = JSON.stringify(object, null, pretty ? 2 : 0);
      const spans = memberSpans(text, new Set(Object.keys(object)));
      const read = Object.fromEntries(
        [...spans].map(([name, { start, end }]) => [name, JSON.parse(text.slice(start, end))]),
      );
      expect(read).toEqual(JSON.parse(text));
    }),
  );
});

test('the last of repeated names counts, and the same name in a nested object does not', () => {
  const text = '{"a":1,"b":{"a":2},"\\u0061": 3 ,"c":[{"a":4}]}';
  expect(memberSpans(text, new Set(['a']))).toEqual(new Map([['a', { start: 29, end: 30 }]]));
  expect(text.slice(29, 30)).toBe('3');
});
