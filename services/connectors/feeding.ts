/** Finds the connectors that feed topics. */

import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { capturedNames } from '../../engines/postgres/capture/captured-state.ts';
import { besideSetting } from '../../engines/postgres/capture/reading-connector.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';

/** A Debezium connector. */
export type Feeding = {
  readonly name: string;
  readonly config: ConnectorConfig;
  /** Whether the topic of a captured table, such as `public.users`, is read. The topic need not exist yet. */
  readonly feeds: (table: string) => boolean;
};

/**
 * Returns the connectors that capture a table whose topic is read, even if the topic does not exist yet. A connector that was
 * not created by Sluice counts if one of the topics has its prefix.
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

/** Returns a test whether the topic of a captured table is read. The topic need not exist yet. */
export const feedsOf =
  (config: ConnectorConfig, isRead: (topic: string) => boolean) =>
  (table: string): boolean =>
    isRead(asInTopic(`${config['topic.prefix']}.${table}`));
