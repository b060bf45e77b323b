/** The replication slot of a pipeline, where its source is known. A source that is away does not hide the rest. */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { readSlot, type SlotFacts } from '../../engines/postgres/capture/slot.ts';
import { connect, type Database } from '../../engines/postgres/connection/connection.ts';
import { hangUp } from '../../engines/postgres/connection/hang-up.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { feedingConnectors } from '../connectors/feeding.ts';
import { withinLimit } from '../within-limit.ts';
import type { Read } from './feed.ts';
import { judgeSlot, type SlotHealth } from './slot-health.ts';

/** The verdict, with what it was made of where the source answered. */
export type SlotReport = SlotHealth &
  Partial<SlotFacts> & {
    /** Why nothing new comes through it; absent while somebody reads it. */
    readonly fault?: string;
  };

/** Milliseconds for Kafka Connect to say which slot its connectors read. */
const answerLimitMs = 5_000;

/** Where to look. */
export type SlotConfig = {
  /** The database with the slot; undefined where nobody named one. */
  readonly source: Database | undefined;
  readonly connectUrl: URL | undefined;
  /** The slot. One that was not asked for gives way to that of the connector that feeds the topics. */
  readonly slot: { readonly name: string; readonly isAsked: boolean };
  readonly limitMs: number;
};

/** Undefined where there is nothing to look at. */
export async function lookAtSlot(
  { source: database, connectUrl, slot: asked, limitMs }: SlotConfig,
  read: Read,
): Promise<SlotReport | undefined> {
  if (database === undefined) return undefined;
  const slot = asked.isAsked ? asked.name : ((await feedingSlot(connectUrl, read)) ?? asked.name);
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

/** Undefined where no connector feeds the topics, or nobody says. */
async function feedingSlot(url: URL | undefined, { topics, takes }: Read): Promise<string | undefined> {
  if (url === undefined) return undefined;
  try {
    const [feeding] = await withinLimit(feedingConnectors(connectClient(url), topics, takes), answerLimitMs);
    return feeding?.config['slot.name'];
  } catch {
    // `lookAtConnector` reports that Kafka Connect does not answer.
    return undefined;
  }
}
