/**
 * Registers a replicated table in `sluice.target`: the order of its events, and its topic. They never change (rule 9), because positions
 * of different orders or sources cannot be compared.
 */
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { Session } from '../../connection/session.ts';

/** Properties of a table that all pipelines share. */
export type Registration = {
  readonly table: string;
  readonly orderBy: 'lsn' | 'offset';
  readonly topic: string;
  /** Kafka cluster of the topic; null if it is unknown. */
  readonly clusterId: string | null;
};

/** Registers a table. Throws a `PipelineError` if it is registered with other properties. */
export async function register(session: Session, { table, orderBy, topic, clusterId }: Registration): Promise<void> {
  const target = session.own('target');
  await session.run(
    `insert into ${target} (table_name, order_by, deletes, topic, cluster_id) values (?, ?, 'hard', ?, ?)
     on duplicate key update cluster_id = if(topic is null, ?, cluster_id), topic = coalesce(topic, ?)`,
    [table, orderBy, topic, clusterId, clusterId, topic],
  );
  const [found] = await session.rows<{ order_by: string; deletes: string; topic: string; cluster_id: string | null }>(
    `select order_by, deletes, topic, cluster_id from ${target} where table_name = ?`,
    [table],
  );
  if (!found) throw new Error(`${table} was not registered`);
  if (found.order_by !== orderBy)
    throw new PipelineError('order_mismatch', `${table} is ordered by ${found.order_by}, not by ${orderBy}`, {
      advice: 'Replicate into another database: positions of both orders cannot be compared.',
    });
  const isSameCluster = found.cluster_id === null || clusterId === null || found.cluster_id === clusterId;
  if (found.topic !== topic || !isSameCluster)
    throw new PipelineError(
      'source_mismatch',
      `${table} is fed from ${found.topic} of the Kafka cluster ${found.cluster_id}, not from ${topic} of ${clusterId}`,
      {
        advice: `Their positions cannot be compared. Another pipeline into this server needs a bookkeeping of its own: ?bookkeeping=NAME in the address of the target. If both carry the events of the same source, run at the target: UPDATE ${target} SET topic = NULL, cluster_id = NULL WHERE table_name = '${table.replaceAll("'", "''")}';`,
      },
    );
}
