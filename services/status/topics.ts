/**
 * Which topics a status is about. Who names none means the pipeline's own: those that it has a checkpoint of, which are
 * many where tables are replicated.
 */
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import type { Checkpoint } from '../../engines/postgres/checkpoint/checkpoints.ts';
import { PipelineError } from '../../pipeline/errors.ts';

/** What was asked for. */
export type TopicChoice = {
  /** In words, for an error. */
  readonly what: string;
  /** True for a topic that belongs to it. */
  readonly takes: (topic: string) => boolean;
  /** True when topics come and go: one that is missing is then no mistake. */
  readonly several: boolean;
};

/** Whether a checkpoint is of a file or of standard input. */
export const isFile = ({ topic }: Pick<Checkpoint, 'topic'>): boolean => /^(file|stdin):/.test(topic);

/** What was named; without that the topics of the checkpoints, and without any of these the usual topic. */
export function choiceOf(
  named: Topics | undefined,
  usualTopic: string,
  checkpoints: readonly Checkpoint[],
): TopicChoice {
  if (named?.kind === 'matching') {
    const { pattern } = named;
    return { what: `topic that matches ${pattern.source}`, takes: (name) => pattern.test(name), several: true };
  }
  const own = new Set(checkpoints.filter((one) => !isFile(one)).map(({ topic }) => topic));
  if (named === undefined && own.size > 0)
    return { what: `topic ${[...own].join(', ')}`, takes: (name) => own.has(name), several: own.size > 1 };
  const topic = named?.topic ?? usualTopic;
  return { what: `topic ${topic}`, takes: (name) => name === topic, several: false };
}

/** The topics in order, and those that have a checkpoint and are no more. Throws `missing_topic` when none is there. */
export function topicsOf(
  choice: TopicChoice,
  there: readonly string[],
  checkpoints: readonly Checkpoint[],
): { topics: string[]; gone: string[] } {
  const topics = there.filter(choice.takes).sort();
  if (topics.length === 0) {
    const details = { why: choice.several ? 'none matches' : 'not there' };
    throw new PipelineError('missing_topic', `there is no ${choice.what}`, { advice: '', details });
  }
  const gone = new Set(
    checkpoints.map(({ topic }) => topic).filter((topic) => choice.takes(topic) && !there.includes(topic)),
  );
  return { topics, gone: [...gone] };
}
