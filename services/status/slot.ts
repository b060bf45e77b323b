/** Reads the replication slot of a pipeline, if its source is known. If the source is down, only this part of the status is missing. */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { readSlot, type SlotFacts } from '../../engines/postgres/capture/slot.ts';
import { connect, type Database } from '../../engines/postgres/connection/connection.ts';
import { hangUp } from '../../engines/postgres/connection/hang-up.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { feedingConnectors } from '../connectors/feeding.ts';
import { withinLimit } from '../within-limit.ts';
import type { ReadTopics } from './feed.ts';
import { judgeSlot, type SlotHealth } from './slot-health.ts';

/** The verdict, with its facts if the source answered. */
export type SlotReport = SlotHealth &
  Partial<SlotFacts> & {
    /** Why it delivers no changes; absent while a process reads it. */
    readonly fault?: string;
  };

/** Longest wait for Kafka Connect, which knows the slot of a connector. */
const answerLimitMs = 5_000;

/** The slot, and the servers that know it. */
export type SlotConfig = {
  /** The database with the slot; undefined if none was named. */
  readonly source: Database | undefined;
  readonly connectUrl: URL | undefined;
  /** The slot. If the user did not name it, the slot of the connector that feeds the topics is read instead. */
  readonly slot: { readonly name: string; readonly isExplicit: boolean };
  readonly limitMs: number;
};

/** Returns the verdict on the slot; undefined if there is no source. Never rejects. */
export async function readSlotReport(
  { source: database, connectUrl, slot: asked, limitMs }: SlotConfig,
  read: ReadTopics,
): Promise<SlotReport | undefined> {
  if (database === undefined) return undefined;
  const slot = asked.isExplicit ? asked.name : ((await feedingSlot(connectUrl, read)) ?? asked.name);
  const faulty = (fault: string): SlotReport => ({ sentence: fault, remark: null, secondsToFull: null, fault });
  try {
    const client = await connect({ ...database, timeouts: { ...database.timeouts, connect: limitMs } }, 'status');
    try {
      const facts = await readSlot(client, slot);
      if (facts === undefined) return faulty(`the source has no slot ${slot}; --slot names another`);
      const inactive = facts.active ? {} : { fault: `nobody reads slot ${slot} of the source` };
      return { ...facts, ...judgeSlot(facts), ...inactive };
    } finally {
      await hangUp(client);
    }
  } catch (error) {
    return faulty(`slot ${slot} is unknown: the source ${database.host}:${database.port} says: ${messageOf(error)}`);
  }
}

/** Returns the slot of a connector that feeds the topics; undefined if there is none or it is unknown. */
async function feedingSlot(url: URL | undefined, { topics, takes }: ReadTopics): Promise<string | undefined> {
  if (url === undefined) return undefined;
  try {
    const [feeding] = await withinLimit(feedingConnectors(connectClient(url), topics, takes), answerLimitMs);
    return feeding?.config['slot.name'];
  } catch {
    // `readConnectorReport` reports that Kafka Connect does not answer.
    return undefined;
  }
}
