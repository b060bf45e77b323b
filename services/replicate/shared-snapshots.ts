/**
 * Finds the tables whose connector reads them in one snapshot. A snapshot concerns every table of its connector, but a table
 * that was empty at that moment has no row in it: only the other tables of the connector show that it was taken.
 */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { notedTables } from '../../engines/postgres/capture/captured-tables.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { asInTopic } from '../../pipeline/transform/check-rules.ts';
import { feedingConnectors } from '../connectors/feeding.ts';
import { withinLimit } from '../within-limit.ts';

/** Longest wait for the configurations of the connectors. */
const answerLimitMs = 20_000;

/**
 * Returns the topics of each connector that feeds the pipeline. A table that was not captured for a while is left out, because
 * the snapshots of that time do not contain it. Returns none while Kafka Connect does not answer.
 */
export async function snapshotGroups(
  topics: readonly string[],
  isRead: (topic: string) => boolean,
  connectUrl: URL | undefined,
  logger: Logger,
): Promise<readonly ReadonlySet<string>[]> {
  if (connectUrl === undefined) return [];
  try {
    const found = await withinLimit(feedingConnectors(connectClient(connectUrl), topics, isRead), answerLimitMs);
    return found.map(({ config }) => {
      const captured = Object.entries(notedTables(config)).filter(([, { gap, left }]) => gap === undefined && !left);
      return new Set(captured.map(([table]) => asInTopic(`${config['topic.prefix']}.${table}`)));
    });
  } catch (error) {
    // The conclusion of the run reports a Kafka Connect that does not answer.
    logger.debug({ error: messageOf(error) }, 'the connectors could not be read');
    return [];
  }
}
