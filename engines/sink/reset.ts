/** Moves the checkpoints of a stopped pipeline on any engine, as a claim that repositions every partition. */
import type { ClaimRequest } from '../../pipeline/ports.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import type { Engine } from '../contract.ts';
import type { TopicReset } from '../pipeline-admin.ts';
import { decisionFor } from './claims.ts';

/** Resets one topic. `orderBy` is the order of the events of its table. */
export async function resetCheckpoints<S>(
  { checkpoints }: Pick<Engine<S>, 'checkpoints'>,
  pipeline: string,
  { topic, clusterId, partitionCount, positions }: TopicReset,
  orderBy: OrderBy,
): Promise<void> {
  const target = new Map(positions.map((one) => [one.partition, one]));
  const request: ClaimRequest = {
    topic,
    clusterId,
    partitionCount,
    partitions: positions.map(({ partition, to }) => ({ partition, first: to, later: to })),
    mine: positions.map(({ partition }) => partition),
    reposition: async ({ partition, nextOffset }) => {
      const { to = nextOffset, restarted = false } = target.get(partition) ?? {};
      return { to, why: 'the log was recreated', gone: null, restarted };
    },
  };
  await checkpoints.claim(pipeline, request, decisionFor(request, pipeline, orderBy));
}
