/**
 * Moves the checkpoints of a pipeline that does not run. The owner epoch rises with them, so whoever should still write
 * is fenced. Counters stay as they are, since they only grow: what is read again counts again.
 */

import type { Logger } from '../../../pipeline/ports.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { decisionFor } from '../../sink/claims.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { endingFormerOwners } from './former-owner.ts';
import { claimPartitions } from './sql/claim.ts';

/** Milliseconds until the session of a former owner that holds a checkpoint is ended. */
const lockPatience = 10_000;

/** The new positions of one topic or file. */
export type TopicReset = {
  readonly topic: string;
  readonly clusterId: string | null;
  readonly partitionCount: number;
  readonly positions: readonly {
    readonly partition: number;
    readonly to: bigint;
    /** The log is another than that of the checkpoint: its offsets begin anew. */
    readonly restarted: boolean;
  }[];
};

/** Resets one topic in one transaction. Throws where offsets order the table's rows and would begin anew. */
export async function resetCheckpoints(
  database: Database,
  pipeline: string,
  reset: TopicReset,
  logger: Logger,
): Promise<void> {
  const { topic, clusterId, partitionCount, positions } = reset;
  const target = new Map(positions.map((one) => [one.partition, one]));
  await withConnection(database, `${pipeline}/reset`, async (client) => {
    const { rows } = await client.query<{ order_by: OrderBy }>(
      'select order_by from sluice.target where topic = $1 order by order_by = $2 desc limit 1',
      [topic, 'offset'],
    );
    const request = {
      topic,
      clusterId,
      partitionCount,
      partitions: positions.map(({ partition, to }) => ({ partition, first: to, later: to })),
      mine: positions.map(({ partition }) => partition),
      reposition: async ({ partition, nextOffset }: { partition: number; nextOffset: bigint }) => {
        const { to = nextOffset, restarted = false } = target.get(partition) ?? {};
        return { to, why: 'the log was made anew', gone: null, restarted };
      },
    };
    const decide = decisionFor(request, pipeline, rows[0]?.order_by ?? 'sequence');
    await endingFormerOwners({ database, pipeline, logger, patience: lockPatience, waiting: client }, () =>
      claimPartitions(client, pipeline, request, decide),
    );
  });
}
