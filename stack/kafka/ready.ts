/** Checks with a real client whether a Kafka node serves clients. */
import { Kafka, logLevel } from 'kafkajs';
import { HOST, portAnswers } from '../processes/ports.ts';
import type { KafkaServer } from '../state/state.ts';

/**
 * True when the node answers with its own cluster id and can coordinate a consumer group. The latter also creates the
 * internal offsets topic, for which the first consumer would otherwise wait. Takes at most about 6 s.
 */
export async function kafkaAnswers(server: KafkaServer): Promise<boolean> {
  // A cheap check first, because the client retries long on a closed port.
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
    // Any error means not ready. The caller has a time limit and quotes the server's log.
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
