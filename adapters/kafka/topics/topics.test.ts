/** Proves which topics a pattern selects, and in which order partitions are claimed. */
import { describe, expect, test } from 'vitest';
import { idOf, inOrder, topicPartitions } from './topic-partition.ts';
import { chosenFrom } from './topics.ts';

describe('a pattern', () => {
  const names = ['cdc.public.b', 'cdc.public.a', 'cdc.private.a', 'other', '__consumer_offsets', '__cdc.public.x'];
  test.each<[RegExp, readonly string[]]>([
    [/^cdc\.public\..*/, ['cdc.public.a', 'cdc.public.b']],
    [/cdc/, ['cdc.private.a', 'cdc.public.a', 'cdc.public.b']],
    [/./, ['cdc.private.a', 'cdc.public.a', 'cdc.public.b', 'other']],
    [/^__/, []],
    [/^CDC\.public/i, ['cdc.public.a', 'cdc.public.b']],
  ])('%s selects %j, sorted, and never an internal topic of Kafka (rule 27)', (pattern, expected) => {
    expect(chosenFrom({ kind: 'matching', pattern }, names)).toEqual(expected);
  });

  test('with the flag g selects the same topics every time', () => {
    const topics = { kind: 'matching', pattern: /cdc/g } as const;
    expect(chosenFrom(topics, names)).toEqual(chosenFrom(topics, names));
    expect(chosenFrom(topics, names)).toHaveLength(3);
  });
});

test('a single topic is read whether it exists or not', () => {
  expect(chosenFrom({ kind: 'one', topic: 't' }, [])).toEqual(['t']);
});

test('partitions are ordered by topic, then by number', () => {
  const assigned = [
    { topic: 'b', partition: 2 },
    { topic: 'a', partition: 10 },
    { topic: 'b', partition: 10 },
    { topic: 'a', partition: 9 },
  ];
  expect(inOrder(assigned).map(idOf)).toEqual(['a/9', 'a/10', 'b/2', 'b/10']);
  expect(topicPartitions(inOrder(assigned))).toEqual([
    { topic: 'a', partitions: [9, 10] },
    { topic: 'b', partitions: [2, 10] },
  ]);
});
