/** The connectors that feed topics. */

import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { capturedNames } from '../../engines/postgres/capture/captured-state.ts';
import { besideSetting } from '../../engines/postgres/capture/reading-connector.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';

/** A connector of Debezium. */
export type Feeding = {
  readonly name: string;
  readonly config: ConnectorConfig;
  /** Whether a captured table, `public.users`, has a topic that is read, or will have one. */
  readonly feeds: (table: string) => boolean;
};

/**
 * Those of a Kafka Connect that stream changes of a table whose topic is read, be it there or not; where a connector was made by other
 * means, those whose prefix a topic has.
 * @param isRead whether a topic of this name is read.
 */
export async function feedingConnectors(
  connect: ConnectClient,
  topics: readonly string[],
  isRead: (topic: string) => boolean,
): Promise<readonly Feeding[]> {
  const all = Object.entries(await connect.configs());
  return all.flatMap(([name, config]) => {
    const prefix = config['topic.prefix'];
    if (prefix === undefined || config[besideSetting] !== undefined) return [];
    const feeds = feedsOf(config, isRead);
    const captured = capturedNames(config);
    const isFeeding =
      captured.length > 0 ? captured.some(feeds) : topics.some((topic) => topic.startsWith(`${prefix}.`));
    return isFeeding ? [{ name, config, feeds }] : [];
  });
}

/** Whether a captured table has, or will have, a topic that is read. */
export const feedsOf =
  (config: ConnectorConfig, isRead: (topic: string) => boolean) =>
  (table: string): boolean =>
    isRead(asInTopic(`${config['topic.prefix']}.${table}`));
