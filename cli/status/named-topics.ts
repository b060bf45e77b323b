/** The topics that the options name. A flag overrides the environment; of the same origin, a pattern overrides a topic. */
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import { type Origin, UsageError } from '../options/option.ts';
import type { Values } from '../options/options.ts';

/** Returns the named topics; undefined if none are named. Throws UsageError for both flags. */
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
