/**
 * Chooses the topics of a status. By default these are the topics with a checkpoint of the pipeline; a replication has many.
 */
import { isFileTopic } from '../../adapters/file/file-topic.ts';
import type { Topics } from '../../adapters/kafka/topics/topics.ts';
import type { Checkpoint } from '../../engines/bookkeeping.ts';
import { PipelineError } from '../../pipeline/errors.ts';

/** The topics of a status. */
export type TopicChoice = {
  /** Names the choice in an error. */
  readonly what: string;
  /** Whether a topic belongs to the choice. */
  readonly takes: (topic: string) => boolean;
  /** Whether the choice may cover several topics: then a missing topic is not a mistake. */
  readonly several: boolean;
};

/** Whether a checkpoint belongs to a file or to standard input. */
export const isFile = ({ topic }: Pick<Checkpoint, 'topic'>): boolean => isFileTopic(topic);

/** Returns the topics that the user named, else the topics of the checkpoints, else the usual topic. */
export function choiceOf(
  named: Topics | undefined,
  usualTopic: string,
  checkpoints: readonly Checkpoint[],
): TopicChoice {
  if (named?.kind === 'matching') {
    const { pattern } = named;
    return { what: `topic that matches ${pattern.source}`, takes: (name) => pattern.test(name), several: true };
  }
  const own = new Set(checkpoints.filter((checkpoint) => !isFile(checkpoint)).map(({ topic }) => topic));
  if (named === undefined && own.size > 0)
    return { what: `topic ${[...own].join(', ')}`, takes: (name) => own.has(name), several: own.size > 1 };
  const topic = named?.topic ?? usualTopic;
  return { what: `topic ${topic}`, takes: (name) => name === topic, several: false };
}

/** Returns the sorted topics, and topics with a checkpoint that no longer exist. Throws `missing_topic` if none exists. */
export function topicsOf(
  choice: TopicChoice,
  existing: readonly string[],
  checkpoints: readonly Checkpoint[],
): { topics: string[]; gone: string[] } {
  const topics = existing.filter(choice.takes).sort();
  if (topics.length === 0) {
    const details = { why: choice.several ? 'none matches' : 'not there' };
    throw new PipelineError('missing_topic', `there is no ${choice.what}`, { advice: '', details });
  }
  const gone = new Set(
    checkpoints.map(({ topic }) => topic).filter((topic) => choice.takes(topic) && !existing.includes(topic)),
  );
  return { topics, gone: [...gone] };
}
