/**
 * Moves the checkpoints of a stopped pipeline. Raises the owner epoch, so that a worker that still runs is fenced. Keeps the
 * counters, which only grow: records that are read again count again.
 */

import type { Logger } from '../../../pipeline/ports.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { decisionFor } from '../../sink/claims.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { endingFormerOwners } from './former-owner.ts';
import { claimPartitions } from './sql/claim.ts';

/** How long a former owner may lock a checkpoint before its session is ended. */
const lockPatienceMs = 10_000;

/** The new positions of one topic or file. */
export type TopicReset = {
  readonly topic: string;
  readonly clusterId: string | null;
  readonly partitionCount: number;
  readonly positions: readonly {
    readonly partition: number;
    readonly to: bigint;
    /** Whether the topic has been recreated since the checkpoint, so that its offsets have restarted. */
    readonly restarted: boolean;
  }[];
};

/** Resets one topic in one transaction. Throws if offsets order the table's rows and have restarted. */
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
        return { to, why: 'the log was recreated', gone: null, restarted };
      },
    };
    const decide = decisionFor(request, pipeline, rows[0]?.order_by ?? 'sequence');
    await endingFormerOwners({ database, pipeline, logger, patienceMs: lockPatienceMs, waiting: client }, () =>
      claimPartitions(client, pipeline, request, decide),
    );
  });
}
