/** The connectors that feed topics, found by the prefix of their topics. */
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';

/** A connector of Debezium. */
export type Feeding = { readonly name: string; readonly config: ConnectorConfig };

/** Those of a Kafka Connect whose prefix one of the topics has. */
export async function feedingConnectors(
  connect: ConnectClient,
  topics: readonly string[],
): Promise<readonly Feeding[]> {
  const all = Object.entries(await connect.configs());
  return all.flatMap(([name, config]) => {
    const prefix = config['topic.prefix'];
    return prefix !== undefined && topics.some((topic) => topic.startsWith(`${prefix}.`)) ? [{ name, config }] : [];
  });
}
