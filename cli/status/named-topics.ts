/** Which topics the options name: a flag goes before the environment, and a pattern there before a topic. */
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import { type Origin, UsageError } from '../options/option.ts';
import type { Values } from '../options/options.ts';

/** Undefined where nothing names any. */
export function namedTopics(
  { topic, topics }: Values<'topic' | 'topics'>,
  origins: Readonly<Record<string, Origin>>,
): Topics | undefined {
  if (origins.topic === 'flag' && origins.topics === 'flag') throw new UsageError('--topic or --topics, not both');
  for (const origin of ['flag', 'environment', 'file']) {
    if (origins.topics === origin) return { kind: 'matching', pattern: topics };
    if (origins.topic === origin) return { kind: 'one', topic };
  }
  return undefined;
}
