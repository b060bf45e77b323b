/**
 * Which topics `status` is about. Who names none means the pipeline's own: those that it has a checkpoint of, which are
 * many where tables are replicated.
 */
import type { Checkpoint } from '../../engines/postgres/checkpoint/checkpoints.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { Origin } from '../option.ts';
import { UsageError } from '../option.ts';
import type { Values } from '../options.ts';

/** What was asked for. */
export type TopicChoice = {
  /** In words, for an error. */
  readonly what: string;
  /** True for a topic that belongs to it. */
  readonly takes: (topic: string) => boolean;
  /** True when topics come and go: one that is missing is then no mistake. */
  readonly several: boolean;
};

/** A flag goes before the environment, and a pattern there before a topic; without either the checkpoints tell. */
export function choiceOf(
  { topic, topics }: Values<'topic' | 'topics'>,
  origins: Readonly<Record<string, Origin>>,
  checkpoints: readonly Checkpoint[],
): TopicChoice {
  const one: TopicChoice = { what: `topic ${topic}`, takes: (name) => name === topic, several: false };
  const many: TopicChoice = {
    what: `topic that matches ${topics.source}`,
    takes: (name) => topics.test(name),
    several: true,
  };
  if (origins.topic === 'flag' && origins.topics === 'flag') throw new UsageError('--topic or --topics, not both');
  for (const origin of ['flag', 'environment', 'file']) {
    if (origins.topics === origin) return many;
    if (origins.topic === origin) return one;
  }
  const own = new Set(checkpoints.map((checkpoint) => checkpoint.topic).filter((name) => !/^(file|stdin):/.test(name)));
  if (own.size === 0) return one;
  return { what: `topic ${[...own].join(', ')}`, takes: (name) => own.has(name), several: own.size > 1 };
}

/** The topics in order, and those that have a checkpoint and are no more. Throws `missing_topic` when none is there. */
export function topicsOf(
  choice: TopicChoice,
  there: readonly string[],
  checkpoints: readonly Checkpoint[],
): { topics: string[]; gone: string[] } {
  const topics = there.filter(choice.takes).sort();
  if (topics.length === 0) {
    throw new PipelineError('missing_topic', `there is no ${choice.what}`, {
      advice: choice.several
        ? 'Is --topics right? `npx sluice connector create` captures tables, and their first change makes a topic.'
        : 'Is --topic right? `npx sluice run --create-topic` makes it, `npx sluice simulate` makes and fills it.',
    });
  }
  const gone = new Set(
    checkpoints.map(({ topic }) => topic).filter((topic) => choice.takes(topic) && !there.includes(topic)),
  );
  return { topics, gone: [...gone] };
}
