/** Sets the sequences of a replica that has caught up, so that applications can write to it. */
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { quotedTable } from '../../engines/postgres/identifiers.ts';
import { setSequences, unusedSequences } from '../../engines/postgres/replica/sequences/sequences.ts';
import { followedTables, readTopics } from '../../engines/postgres/replica/tables/published.ts';
import { replicatedTables } from '../../engines/postgres/replica/verify.ts';
import type { SequencesSet } from '../../engines/types/sequences-set.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Logger } from '../../pipeline/ports.ts';
import type { SourceTable } from '../../schemas/table-name.ts';
import { noticesTo, type ServiceEvent } from '../events.ts';

/** Source and target of the replication. */
type Replicated = {
  readonly source: Database | undefined;
  readonly target: Database;
  readonly pipeline: string;
  /** Whether a table of the source is replicated by this topic into a table of the same name. */
  readonly isFollowed: (table: SourceTable, topic: string) => boolean;
};

/** Sets the sequences to the values of the source. Without a source it emits statements that set them from the rows. */
export async function settleSequences(
  { source, target, pipeline, isFollowed }: Replicated,
  events: Events<ServiceEvent>,
): Promise<void> {
  const logger = noticesTo(events);
  await withConnection(target, `${pipeline}/sequences`, async (client) => {
    const tables = await replicatedTables(client, pipeline);
    if (source === undefined) {
      const statements = await unusedSequences(client, tables);
      if (statements.length > 0) events.emit({ type: 'sequencesUnset', statements });
      return;
    }
    const described = await reachDatabase(source, `${pipeline}/sequences`, (line) => logger.warn({}, line));
    try {
      // An empty table has no topic, but its sequence may have been used.
      const read = await readTopics(client, pipeline);
      const followed = (await followedTables(described, read, isFollowed)).map(quotedTable);
      logSequences(await setSequences(described, client, [...new Set([...tables, ...followed])]), logger);
    } finally {
      await described.end();
    }
  });
}

/** Logs how many sequences were set, and each one that was not. */
export function logSequences({ set, kept, left }: SequencesSet, logger: Logger): void {
  if (set + kept > 0)
    logger.info({ set, kept }, `set ${set} sequences to the values of the source; ${kept} already had them`);
  for (const { sequence, why, statement } of left)
    logger.warn({ sequence, statement }, `a sequence of the replica is not set: ${why}`);
}
