/** Proves that every subscriber gets every event synchronously and in order, until it unsubscribes. */
import { expect, test } from 'vitest';
import { EventStream } from './events.ts';

test('subscribers get events in the order in which they were emitted, before emit returns', () => {
  const events = new EventStream<number>();
  const got: string[] = [];
  events.subscribe((event) => void got.push(`a${event}`));
  events.subscribe((event) => void got.push(`b${event}`));
  events.emit(1);
  events.emit(2);
  expect(got).toEqual(['a1', 'b1', 'a2', 'b2']);
});

test('a subscriber gets no more events after it unsubscribes, and the others still do', () => {
  const events = new EventStream<number>();
  const [first, second]: [number[], number[]] = [[], []];
  const end = events.subscribe((event) => void first.push(event));
  events.subscribe((event) => void second.push(event));
  events.emit(1);
  end();
  events.emit(2);
  expect([first, second]).toEqual([[1], [1, 2]]);
});
