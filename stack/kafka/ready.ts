/** Whether a Kafka node serves clients: asked with a real client, as the pipeline will. */
import { Kafka, logLevel } from 'kafkajs';
import { HOST, portAnswers } from '../processes/ports.ts';
import type { KafkaServer } from '../state/state.ts';

/**
 * True when the node answers on its port with its own cluster id and can coordinate a consumer group; that also makes
 * the internal offsets topic, which the first consumer would else wait for. Takes at most about 6 s.
 */
export async function kafkaAnswers(server: KafkaServer): Promise<boolean> {
  // Cheap look first: the client takes long to give up on a port that nobody has.
  if (!(await portAnswers(server.port))) return false;
  const kafka = new Kafka({
    clientId: 'sluice-stack',
    brokers: [`${HOST}:${server.port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2000,
    requestTimeout: 3000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 500 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.clusterId !== server.clusterId || cluster.brokers.length === 0) return false;
    await admin.describeGroups(['sluice-stack']);
    return true;
  } catch {
    // Not ready is an answer here, whatever the reason; the caller has the limit and the server's log.
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
