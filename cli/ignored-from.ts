/** `--from` counts for a pipeline's first start only. Who gives it again means something else, and is told what to do. */
import { type Checkpoint, readCheckpoints } from '../engines/postgres/checkpoint/checkpoints.ts';
import { type Database, withConnection } from '../engines/postgres/connection/connection.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Context } from './verb.ts';

/** Checkpoints that are named. */
const named = 4;

/** What was started. */
export type Started = {
  readonly database: Database;
  readonly groupId: string;
  readonly from: 'earliest' | 'latest';
  readonly logger: Logger;
};

/** Warns when `--from` was given and has no effect, because the pipeline has checkpoints of these topics, or of any. */
export async function warnOfIgnoredFrom(
  { database, groupId, from, logger }: Started,
  { origins }: Context,
  topics?: readonly string[],
): Promise<void> {
  if (origins.from !== 'flag') return;
  const all = await withConnection(database, `${groupId}/setup`, (client) => readCheckpoints(client, groupId));
  const there = all.filter(({ topic }) => topics === undefined || topics.includes(topic));
  const [first] = there;
  if (first === undefined) {
    const isFile = topics?.some((topic) => /^(file|stdin):/.test(topic)) ?? false;
    if (isFile && from === 'latest') logger.warn({}, '--from is ignored: a file is read from its start');
    return;
  }
  const source = first.topic.startsWith('file:') ? ` --input '${first.topic}'` : '';
  logger.warn(
    { pipeline: groupId, from },
    `--from is ignored: pipeline ${groupId} has a checkpoint at ${describe(there)}; ` +
      `\`npx sluice reset --group-id ${groupId}${source} --to ${from}\` moves it`,
  );
}

function describe(checkpoints: readonly Checkpoint[]): string {
  const shown = checkpoints
    .slice(0, named)
    .map(({ topic, partition, nextOffset }) => `${topic}/${partition}: ${nextOffset}`);
  const left = checkpoints.length - shown.length;
  return `${shown.join(', ')}${left === 0 ? '' : ` and ${left} more`}`;
}
