/** Reports that a requested start position has no effect, because it applies only to the first start of a pipeline. */
import { isFileTopic } from '../../adapters/file/file-topic.ts';
import type { Events } from '../../pipeline/events.ts';
import type { ServiceEvent } from '../events.ts';
import { type TargetDatabase, withBookkeeping } from '../target.ts';

/** The pipeline and the requested start position. */
export type Started = {
  readonly database: TargetDatabase;
  readonly groupId: string;
  readonly from: 'earliest' | 'latest';
  readonly events: Events<ServiceEvent>;
};

/**
 * Emits `startIgnored` if the pipeline has a checkpoint of these topics, or of any topic if undefined. Also emits it if a file
 * was to be read from its end.
 */
export async function reportIgnoredStart(
  { database, groupId, from, events }: Started,
  topics?: readonly string[],
): Promise<void> {
  const all = await withBookkeeping(database, `${groupId}/setup`, (bookkeeping) => bookkeeping.checkpoints(groupId));
  const checkpoints = all
    .filter(({ topic }) => topics === undefined || topics.includes(topic))
    .map(({ topic, partition, nextOffset }) => ({ topic, partition, nextOffset }));
  const isFile = topics?.some(isFileTopic) ?? false;
  if (checkpoints.length === 0 && !(isFile && from === 'latest')) return;
  events.emit({ type: 'startIgnored', pipeline: groupId, from, checkpoints });
}
