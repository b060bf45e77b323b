/** Proves which topics a status covers, and the error if none of them exists. */
import { expect, test } from 'vitest';
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import type { Checkpoint } from '../../engines/bookkeeping.ts';
import { choiceOf, topicsOf } from './topics.ts';

const checkpoints = (...topics: string[]) => topics.map((topic) => ({ topic })) as unknown as Checkpoint[];

test.each<[what: string, named: Topics | undefined, known: string[], taken: string[], several: boolean]>([
  ['the named topic', { kind: 'one', topic: 'b' }, ['a'], ['b'], false],
  ['all topics that match', { kind: 'matching', pattern: /^[ab]$/ }, [], ['a', 'b'], true],
  ['the topics of the checkpoints, without files', undefined, ['a', 'c', 'file:/x'], ['a', 'c'], true],
  ['the usual topic if nothing was read', undefined, ['file:/x'], ['usual'], false],
])('a status covers %s', (_, named, known, taken, several) => {
  const choice = choiceOf(named, 'usual', checkpoints(...known));
  expect(['a', 'b', 'c', 'usual'].filter(choice.takes)).toEqual(taken);
  expect(choice.several).toBe(several);
});

test('topics with a checkpoint that are not in Kafka are gone, and it is an error if no other topic exists', () => {
  const known = checkpoints('a', 'b');
  const choice = choiceOf(undefined, 'usual', known);
  expect(topicsOf(choice, ['b', 'x'], known)).toEqual({ topics: ['b'], gone: ['a'] });
  expect(() => topicsOf(choice, ['x'], known)).toThrow(
    expect.objectContaining({ code: 'missing_topic', details: { why: 'none matches' } }),
  );
});
